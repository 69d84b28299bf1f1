// The turns of a conversation, one below the other, streaming. Role: draws a Conversation; the last question can be
// edited and the last answer written again. Thread: the window's.
#pragma once

#include "ui/pages/chat/conversation.h"
#include "ui/style/widgets.h"

#include <QScrollArea>

namespace athanor::pages {

/// One turn: who, what, and a note below.
class ATHANOR_EXPORT TurnCard : public QFrame {
    Q_OBJECT
public:
    explicit TurnCard(QWidget *parent = nullptr);
    void show(const Turn &turn, bool isLastQuestion, bool isLastAnswer);
    QString text() const { return m_text->text(); }
    QPushButton *actionButton() const { return m_action; }

Q_SIGNALS:
    void acted();

private:
    QLabel *m_who, *m_text, *m_note;
    QPushButton *m_action;
};

class ATHANOR_EXPORT ConversationView : public QScrollArea {
    Q_OBJECT
public:
    explicit ConversationView(QWidget *parent = nullptr);
    /// Draws what has changed; follows the end unless the person has scrolled up.
    void show(const Conversation &conversation);
    int cardCount() const { return int(m_cards.size()); }
    TurnCard *card(int index) const { return m_cards[index]; }

Q_SIGNALS:
    void editRequested();
    void writeAgainRequested();

private:
    void act(int index);
    QVBoxLayout *m_column;
    QLabel *m_empty;
    QList<TurnCard *> m_cards;
    Conversation m_conversation;
};

}  // namespace athanor::pages
