#include "ui/pages/chat/completion_view.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <algorithm>

namespace athanor::pages {

CompletionView::CompletionView(QWidget *parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setTabChangesFocus(true);
    setFont(style::fixedFont(14));
    setAccessibleName(tr("The prompt and how the model continues it"));
    connect(this, &QPlainTextEdit::cursorPositionChanged, this, [this] {
        const ChatToken *token = tokenAt(textCursor().position());
        Q_EMIT tokenUnderCursor(token ? describe(*token) : QString());
    });
    connect(style::Appearance::instance(), &style::Appearance::changed, this, [this] {
        const QList<ChatToken> tokens = m_tokens;
        begin(m_prompt);
        for (const ChatToken &token : tokens)
            append(token);
    });
}

void CompletionView::begin(const QString &prompt)
{
    m_tokens.clear();
    m_ends.clear();
    m_prompt = prompt;
    clear();
    QTextCursor cursor(document());
    QTextCharFormat given;
    given.setFontWeight(QFont::DemiBold);
    cursor.insertText(prompt, given);
    m_start = cursor.position();
}

void CompletionView::append(const ChatToken &token)
{
    const QScrollBar *bar = verticalScrollBar();
    const bool follows = bar->value() >= bar->maximum() - 4;
    const style::Tokens &tokens = style::tokens();
    QTextCursor cursor(document());
    cursor.movePosition(QTextCursor::End);
    QTextCharFormat written;
    written.setFontWeight(QFont::Normal);
    written.setForeground(tokens.text);
    // Certain tokens have no shade; the shade grows with surprise, up to ten bits.
    const double surprise = std::min(10.0, -std::log2(std::max(token.probability, 1e-6))) / 10;
    written.setBackground(style::mixed(tokens.raised, tokens.accent, 0.55 * surprise));
    cursor.insertText(token.text, written);
    m_tokens += token;
    m_ends += cursor.position();
    if (follows)
        verticalScrollBar()->setValue(verticalScrollBar()->maximum());
}

QString CompletionView::completion() const
{
    return toPlainText().mid(m_start);
}

const ChatToken *CompletionView::tokenAt(int position) const
{
    if (position < m_start || m_ends.isEmpty())
        return nullptr;
    const auto end = std::upper_bound(m_ends.begin(), m_ends.end(), position);
    return end == m_ends.end() ? nullptr : &m_tokens[end - m_ends.begin()];
}

namespace {

QString shown(const QString &text)
{
    QString visible = text;
    visible.replace(QLatin1Char('\n'), QStringLiteral("⏎")).replace(QLatin1Char(' '), QStringLiteral("␣"));
    return QStringLiteral("“%1”").arg(visible);
}

QString percent(double share)
{
    return QStringLiteral("%1 %").arg(formatReal(100 * share, share < 0.01 ? 1 : 2));
}

}  // namespace

QString CompletionView::describe(const ChatToken &token)
{
    QString text = tr("%1: probability %2").arg(shown(token.text), percent(token.probability));
    QStringList others;
    for (const ChatToken::Alternative &other : token.alternatives)
        others += QStringLiteral("%1 %2").arg(shown(other.text), percent(other.probability));
    if (!others.isEmpty())
        text += tr("\nMost likely here: %1").arg(others.join(QStringLiteral(", ")));
    return text;
}

bool CompletionView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const ChatToken *token = tokenAt(cursorForPosition(help->pos()).position());
        QToolTip::showText(help->globalPos(), token ? describe(*token) : QString(), viewport());
        return true;
    }
    return QPlainTextEdit::viewportEvent(event);
}

}  // namespace athanor::pages
