#include "core/base/format.h"
#include "ui/pages/project/objective_words.h"
#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

ApproachStep::ApproachStep(WizardState &state, QWidget *parent) : WizardStep(state, parent)
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(style::kGap);
    m_cards = new QVBoxLayout;
    m_cards->setSpacing(style::kGap);
    layout->addLayout(m_cards);
    m_missing = new style::HintRow(style::Tone::Attention, {}, {}, this);
    layout->insertWidget(0, m_missing);
    layout->addStretch(1);
}

void ApproachStep::enter()
{
    style::clearLayout(m_cards);
    m_state.recommendation.reset();
    Result<workbench::Recommendation> made = m_state.session.workbench().recommend(m_state.textBytes(), wishesOf(m_state.objective));
    if (!m_state.session.tell(made))
        return;
    m_state.recommendation = std::move(*made);
    m_missing->set(style::Tone::Attention, m_state.recommendation->missing);
    m_missing->setVisible(!m_state.recommendation->missing.isEmpty());
    auto *group = new QButtonGroup(this);
    bool hasModel = false;
    for (const workbench::Approach &approach : m_state.recommendation->approaches) {
        addChoice(approach, group);
        hasModel = hasModel || !approach.model.isEmpty();
    }
    if (!hasModel)
        addGetModel();
    Q_EMIT completeChanged();
}

void ApproachStep::addChoice(const workbench::Approach &approach, QButtonGroup *group)
{
    auto *card = new style::Card({}, {}, this);
    auto *choice = new QRadioButton(approach.recommended ? tr("%1 (recommended)").arg(approach.title) : approach.title, card);
    choice->setObjectName(approach.id);
    group->addButton(choice);
    card->body()->addWidget(choice);
    card->body()->addWidget(style::makeWrappedLabel(approach.summary, "", card));
    card->body()->addWidget(style::makeWrappedLabel(
        tr("Takes about %1 · %2 of memory · %3 on disk · writes about %4 tokens/s")
            .arg(formatDuration(minutesFor(m_state.objective) * 60), formatMemory(approach.memoryBytes), formatBytes(approach.diskBytes),
                 formatCount(approach.writesTokensPerSecond)),
        "second", card));
    m_cards->addWidget(card);
    connect(choice, &QRadioButton::toggled, card, [this, card, id = approach.id](bool on) {
        if (on)
            m_state.approach = id;
        card->setProperty("chosen", on);
        card->style()->unpolish(card);
        card->style()->polish(card);
    });
    choice->setChecked(m_state.chosenApproach() && m_state.chosenApproach()->id == approach.id);
}

/// No model that exists is here yet: one can be had.
void ApproachStep::addGetModel()
{
    auto *card = new style::Card({}, {}, this);
    auto *row = new QHBoxLayout;
    auto *words = new QVBoxLayout;
    words->addWidget(style::makeLabel(tr("Start from a model that exists"), "card-title", card));
    words->addWidget(style::makeWrappedLabel(
        tr("Bring in a small model that can write already, from a folder, a file or the net, and teach it your documents. From a few documents this gives better text than a new model."), "", card));
    QPushButton *choose = style::makeButton(tr("Choose a model…"), "", card);
    choose->setObjectName(QStringLiteral("get-model"));
    row->addLayout(words, 1);
    row->addWidget(choose, 0, Qt::AlignVCenter);
    card->body()->addLayout(row);
    m_cards->addWidget(card);
    connect(choose, &QPushButton::clicked, this, &ApproachStep::modelWanted);
}

}  // namespace athanor::pages
