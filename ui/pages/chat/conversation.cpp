#include "ui/pages/chat/conversation.h"

#include <QJsonObject>

namespace athanor::pages {

void Conversation::ask(const QString &question)
{
    if (!m_turns.isEmpty() && m_turns.last().isPerson)
        m_turns.removeLast();  // it got no answer, and templates want question and answer in turn
    m_turns += Turn{true, question, {}, true};
    m_turns += Turn{false, {}, {}, false};
}

void Conversation::append(const QString &text)
{
    if (isAnswering())
        m_turns.last().text += text;
}

void Conversation::finish(const QString &note)
{
    if (!isAnswering())
        return;
    m_turns.last().isComplete = true;
    m_turns.last().note = note;
    if (m_turns.last().text.isEmpty() && note.isEmpty())
        m_turns.removeLast();
}

void Conversation::writeAgain()
{
    if (canWriteAgain())
        m_turns.last() = Turn{false, {}, {}, false};
}

QString Conversation::takeBackLast()
{
    while (!m_turns.isEmpty() && !m_turns.last().isPerson)
        m_turns.removeLast();
    return m_turns.isEmpty() ? QString() : m_turns.takeLast().text;
}

QJsonArray Conversation::messages(const QString &systemPrompt) const
{
    const auto message = [](const QString &role, const QString &content) {
        return QJsonObject{{QStringLiteral("role"), role}, {QStringLiteral("content"), content}};
    };
    QJsonArray messages;
    if (!systemPrompt.trimmed().isEmpty())
        messages.append(message(QStringLiteral("system"), systemPrompt));
    for (const Turn &turn : m_turns)
        if (turn.isComplete)
            messages.append(message(turn.isPerson ? QStringLiteral("user") : QStringLiteral("assistant"), turn.text));
    return messages;
}

}  // namespace athanor::pages
