#include "ui/pages/chat/conversation_view.h"

#include <QScrollBar>
#include <QVBoxLayout>

namespace athanor::pages {

TurnCard::TurnCard(QWidget *parent)
    : QFrame(parent), m_who(style::makeLabel({}, "card-title")), m_text(style::makeWrappedLabel({})), m_note(style::makeWrappedLabel({}, "quiet")),
      m_action(style::makeButton({}, "link"))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(14, 10, 14, 10);
    column->setSpacing(4);
    auto *head = new QHBoxLayout;
    head->addWidget(m_who);
    head->addStretch(1);
    head->addWidget(m_action);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    column->addLayout(head);
    column->addWidget(m_text);
    column->addWidget(m_note);
    connect(m_action, &QPushButton::clicked, this, &TurnCard::acted);
}

void TurnCard::show(const Turn &turn, bool isLastQuestion, bool isLastAnswer)
{
    style::setRole(this, turn.isPerson ? "raised" : "card");
    m_who->setText(turn.isPerson ? tr("You") : tr("The model"));
    const bool waits = !turn.isComplete && turn.text.isEmpty();
    m_text->setText(waits ? tr("…") : turn.text);
    m_note->setText(turn.note);
    m_note->setVisible(!turn.note.isEmpty());
    m_action->setText(turn.isPerson ? tr("Edit") : tr("Write again"));
    m_action->setToolTip(turn.isPerson ? tr("Takes the question back, to change it") : tr("Asks the same again with another seed"));
    m_action->setVisible(turn.isComplete && (turn.isPerson ? isLastQuestion : isLastAnswer));
    setAccessibleName(QStringLiteral("%1: %2").arg(m_who->text(), turn.text));
}

ConversationView::ConversationView(QWidget *parent)
    : QScrollArea(parent), m_empty(style::makeWrappedLabel(tr("Ask something below. The model answers as it was taught: its chat template writes the conversation down for it."), "note"))
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setAccessibleName(tr("Conversation"));
    auto *inner = new QWidget;
    style::setRole(inner, "page-body");
    m_column = new QVBoxLayout(inner);
    m_column->setContentsMargins(0, 0, 8, 0);
    m_column->setSpacing(10);
    m_column->addWidget(m_empty);
    m_column->addStretch(1);
    setWidget(inner);
}

void ConversationView::show(const Conversation &conversation)
{
    const bool follows = verticalScrollBar()->value() >= verticalScrollBar()->maximum() - 24;
    m_conversation = conversation;
    const QList<Turn> &turns = conversation.turns();
    while (m_cards.size() > turns.size())
        delete m_cards.takeLast();
    while (m_cards.size() < turns.size()) {
        auto *card = new TurnCard;
        const int index = int(m_cards.size());
        connect(card, &TurnCard::acted, this, [this, index] { act(index); });
        m_column->insertWidget(m_column->count() - 1, card);
        m_cards += card;
    }
    m_empty->setVisible(turns.isEmpty());
    const qsizetype last = turns.size() - 1;
    for (qsizetype i = 0; i <= last; ++i) {
        const bool isLastQuestion = turns[i].isPerson && i >= last - 1 && !conversation.isAnswering();
        m_cards[i]->show(turns[i], isLastQuestion, i == last && conversation.canWriteAgain());
    }
    if (follows)
        QMetaObject::invokeMethod(this, [this] { verticalScrollBar()->setValue(verticalScrollBar()->maximum()); }, Qt::QueuedConnection);
}

void ConversationView::act(int index)
{
    if (index >= m_conversation.turns().size())
        return;
    if (m_conversation.turns()[index].isPerson)
        Q_EMIT editRequested();
    else
        Q_EMIT writeAgainRequested();
}

}  // namespace athanor::pages
