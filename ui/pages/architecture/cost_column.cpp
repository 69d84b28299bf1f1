#include "ui/pages/architecture/cost_column.h"

#include "core/base/format.h"

namespace athanor::pages {

CostColumn::CostColumn(QWidget *parent)
    : QWidget(parent), m_facts(new style::FactList), m_parts(new plots::StackedBar), m_partsHint(style::makeWrappedLabel({}, "note")),
      m_lines(new HintList)
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    auto *costCard = new style::Card(tr("What it costs"), tr("live"));
    costCard->body()->addWidget(m_facts);
    auto *partsCard = new style::Card(tr("Where the parameters are"));
    partsCard->body()->addWidget(m_parts);
    partsCard->body()->addWidget(m_partsHint);
    auto *startCard = new style::Card(tr("Before you start"));
    startCard->body()->addWidget(m_lines);
    startCard->body()->addStretch(1);
    column->addWidget(costCard);
    column->addWidget(partsCard);
    column->addWidget(startCard, 1);
    setMinimumWidth(230);
}

void CostColumn::show(const model::Plan &plan, qint64 context, qint64 vocabulary, double measured)
{
    const model::Accounting &cost = plan.accounting;
    const MachineFacts machine = machineFacts();
    m_facts->set(tr("Parameters"), formatCount(double(cost.parameters)), {}, formatInteger(cost.parameters));
    m_facts->set(tr("FLOPs per token, training"), formatCount(cost.flopsPerTokenTraining), {}, tr("Floating-point operations, forward and backward: 6 per parameter, and attention"));
    const bool fits = cost.trainingBytes < machine.memoryBytes;
    m_facts->set(tr("Memory, training"), tr("%1 of %2").arg(formatMemory(cost.trainingBytes), formatMemory(machine.memoryBytes)),
                 fits ? style::Tone::Neutral : style::Tone::Bad, tr("Weights, their copies, gradients, the optimizer's state and activations"));
    m_facts->set(tr("Memory, generating"), tr("%1 at %2 tokens").arg(formatMemory(cost.generatingBytes), formatInteger(context)), {}, tr("Weights and the cache of keys and values"));
    showSpeed(plan, measured);
    m_facts->set(tr("Tokens that suit it"), tr("%1 (20 per parameter)").arg(formatCount(double(cost.suitableTokens))), {}, tr("Hoffmann et al. 2022"));
    showTokens(plan);
    showParts(cost, vocabulary);
    m_lines->setLines(hintsOf(plan));
}

void CostColumn::showSpeed(const model::Plan &plan, double measured)
{
    QString words = tr("not known yet");
    if (measured > 0)
        words = tr("%1 tokens/s, measured").arg(formatCount(measured));
    else if (plan.tokensPerSecond > 0)
        words = tr("≈ %1 tokens/s, %2").arg(formatCount(plan.tokensPerSecond), plan.tokensPerSecondMeasured ? tr("measured") : tr("estimated"));
    m_facts->set(tr("Speed here"), words);
}

void CostColumn::showTokens(const model::Plan &plan)
{
    const double have = plan.passes > 0 ? double(plan.tokens) / plan.passes : 0;
    if (have <= 0)
        m_facts->set(tr("You have"), tr("no documents yet"), style::Tone::Attention);
    else if (const double factor = double(plan.accounting.suitableTokens) / have; factor > 2)
        m_facts->set(tr("You have"), tr("%1: %2 × too few").arg(formatCount(have), formatInteger(qint64(factor + 0.5))), style::Tone::Attention);
    else
        m_facts->set(tr("You have"), tr("%1: enough").arg(formatCount(have)), style::Tone::Good);
}

void CostColumn::showParts(const model::Accounting &accounting, qint64 vocabulary)
{
    QList<plots::BarPart> parts;
    double embedding = 0;
    for (const model::PartCost &part : accounting.parts) {
        if (part.parameters <= 0)
            continue;
        const double share = double(part.parameters) / double(std::max<qint64>(1, accounting.parameters));
        if (part.name == QLatin1String("embedding"))
            embedding = share;
        parts += {part.name, double(part.parameters), QStringLiteral("%1 %").arg(formatReal(100 * share, 2)), -1};
    }
    m_parts->setParts(parts);
    if (embedding > 0.25 && vocabulary > 2048)
        m_partsHint->setText(tr("The embedding holds %1 % of the parameters, which is much for this size: a tokenizer with half the vocabulary would train faster.").arg(formatReal(100 * embedding, 2)));
    else
        m_partsHint->setText(tr("A balanced model keeps most of its parameters in the feed-forward layers."));
}

}  // namespace athanor::pages
