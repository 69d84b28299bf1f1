// A conversation: who said what, and what is asked next. Role: the turns and the ways they change (ask, answer token by
// token, write again, edit the last question); knows no widgets. Thread: values.
#pragma once

#include "core/base/export.h"

#include <QJsonArray>
#include <QList>
#include <QString>

namespace athanor::pages {

struct Turn {
    bool isPerson = true;
    QString text;
    QString note;      // of an answer that has ended: "42 tokens/s · first token after 84 ms"
    bool isComplete = true;
};

class ATHANOR_EXPORT Conversation {
public:
    const QList<Turn> &turns() const { return m_turns; }
    bool isEmpty() const { return m_turns.isEmpty(); }
    bool isAnswering() const { return !m_turns.isEmpty() && !m_turns.last().isComplete; }
    bool canWriteAgain() const { return m_turns.size() >= 2 && !m_turns.last().isPerson && !isAnswering(); }

    /// A question, and an empty answer behind it that append() fills.
    void ask(const QString &question);
    void append(const QString &text);
    /// An answer without a word is taken out, so that the question can be asked again.
    void finish(const QString &note);
    /// Drops the last answer and begins it anew.
    void writeAgain();
    /// Takes the last question and its answer out; the question's text, to be changed.
    QString takeBackLast();
    void clear() { m_turns.clear(); }
    /// What the model is asked: system, then every turn up to the question that is open.
    QJsonArray messages(const QString &systemPrompt) const;

private:
    QList<Turn> m_turns;
};

}  // namespace athanor::pages
