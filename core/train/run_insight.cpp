// See run_insight.h.
#include "core/train/run_insight.h"

#include "core/model/architecture.h"
#include "core/tensor/guard.h"
#include "core/tensor/product_speed.h"
#include "core/train/pass_watch.h"

#include <cmath>

namespace athanor::train {
namespace {

using insight::Phase;

constexpr double kLookShare = 0.015;        // of the time, at most
constexpr double kLimitAfterSeconds = 5;    // a short run is not held up by measuring the machine
constexpr double kLimitSeconds = 0.15;
constexpr int64_t kLimitSize = 1024;
constexpr qint64 kKeepEveryMs = 2000;       // losses of tokens
constexpr qint64 kBoardEveryMs = 500;       // figures for TensorBoard, beside those of looks

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

bool learnsAll(const RunInputs &inputs) { return inputs.learning.what == Learns::All; }

qint64 learnedOf(Trainer &trainer)
{
    qint64 count = 0;
    for (const TrainedParameter &parameter : trainer.parameters())
        count += parameter.master.numel();
    return count;
}

double flopsPerToken(job::Context &context, const RunInputs &inputs, const RunPlan &plan, Trainer &trainer)
{
    model::TrainingShape shape;
    shape.batch = inputs.settings.batch;
    shape.bf16 = plan.precision == QLatin1String("bf16");
    shape.optimizer = inputs.settings.optimizer;
    shape.sequence = trainer.sequence();
    if (!learnsAll(inputs))
        shape.learnedParameters = learnedOf(trainer);
    const auto cost = model::account(context.plugins(), inputs.architecture, shape);
    return cost ? cost->flopsPerTokenTraining : 0;
}

/// Figures of an earlier attempt, so that "usual" means the whole run.
insight::History historyOf(const job::Context &context)
{
    if (context.attempt() < 2)
        return {};
    auto metrics = job::MetricsReader::open(context.jobPath() + QStringLiteral("/metrics.bin"));
    if (!metrics)
        return {};
    metrics->poll();
    return insight::History::from(*metrics);
}

}  // namespace

RunInsight::RunInsight(job::Context &context, const RunInputs &inputs, const RunPlan &plan, Trainer &trainer, const Validator *validator)
    : m_context(&context), m_inputs(&inputs), m_plan(&plan), m_trainer(&trainer), m_validator(validator),
      m_flopsPerToken(flopsPerToken(context, inputs, plan, trainer)), m_isBoardDue(inputs.settings.tensorBoard),
      m_history(historyOf(context))
{
    m_sinceBegin.start();
}

/// A look waits until it takes its share of the time at most; so a run whose steps are short is looked at more seldom.
bool RunInsight::isDue(qint64 step) const
{
    const qint64 every = m_inputs->settings.insightEvery;
    if (every < 1 || (step != 1 && step % every != 0))
        return false;
    return !m_sinceLook.isValid() || kLookShare * double(m_sinceLook.nsecsElapsed()) * 1e-9 >= m_lookSeconds;
}

void RunInsight::beforeStep(qint64 step)
{
    m_isLooking = isDue(step);
    m_updates.clear();
    m_trainer->setWatch(m_isLooking ? &m_updates : nullptr);
}

void RunInsight::afterStep(qint64 step, const StepReport &report)
{
    m_trainer->setWatch(nullptr);
    m_clock.add(Phase::Data, report.dataSeconds);
    m_clock.add(Phase::Forward, report.forwardSeconds);
    m_clock.add(Phase::Backward, report.backwardSeconds);
    m_clock.add(Phase::Optimizer, report.optimizerSeconds - m_updates.seconds());
    m_clock.add(Phase::Insight, m_updates.seconds());
    m_clock.stepDone();
    m_lossSum += report.loss;
    ++m_lossCount;
    const PhaseClock::Timed timed(m_clock, Phase::Insight);
    if (m_isLimitDue && double(m_sinceBegin.elapsed()) * 1e-3 > kLimitAfterSeconds)
        measureLimit();
    if (m_isLooking)
        look(step);
}

/// Plain products in the run's own format: what its speed is a share of.
void RunInsight::measureLimit()
{
    m_isLimitDue = false;
    if (m_inputs->settings.insightEvery < 1 || m_inputs->settings.device != QLatin1String("cpu"))
        return;
    const auto dtype = m_plan->precision == QLatin1String("bf16") ? at::kBFloat16 : at::kFloat;
    const auto limit = tensor::guarded(tr("measuring the machine"), [&] { return tensor::productSpeed(dtype, kLimitSize, kLimitSeconds); });
    m_limit = limit ? *limit : 0;
}

void RunInsight::look(qint64 step)
{
    QElapsedTimer timer;
    timer.start();
    m_figures = m_updates.figures();
    if (m_canWatch) {
        if (const Status watched = watchPass(step); !watched)
            leaveOut(watched.error(), tr("The layers cannot be looked at"));
    }
    m_lookSeconds = double(timer.nsecsElapsed()) * 1e-9 + m_updates.seconds();
    m_sinceLook.start();
}

void RunInsight::leaveOut(const Error &error, const QString &what)
{
    m_canWatch = false;
    m_context->log(QStringLiteral("warning"), tr("%1: %2 Training goes on.").arg(what, error.message));
}

Status RunInsight::prepareRow()
{
    if (m_row)
        return {};
    ATHANOR_ASSIGN(const network::Batch rows, m_validator ? m_validator->firstRows() : m_trainer->source().batch(1, 0));
    ATHANOR_ASSIGN(m_row, tensor::guarded(tr("cutting the sample text"), [&] { return sampleRow(rows, *m_inputs->tokenizer); }));
    return {};
}

/// One forward pass of a row, without gradients.
Status RunInsight::watchPass(qint64 step)
{
    ATHANOR_TRY(prepareRow());
    PassWatch watch;
    const network::ObserverGuard guard(&watch);
    std::vector<double> losses;
    if (m_row->batch.targets.defined()) {
        ATHANOR_ASSIGN(const torch::Tensor found, m_trainer->model().perTokenLoss(m_row->batch));
        losses = lossesByToken(*m_row, found);
    } else {
        const torch::NoGradGuard noGradients;
        network::Pass pass;
        ATHANOR_TRY(m_trainer->model().hidden(m_row->batch, pass));
    }
    m_figures.insert(watch.figures());
    keepLosses(step, losses, watch.layers());
    return {};
}

void RunInsight::keepLosses(qint64 step, const std::vector<double> &losses, const QStringList &layers)
{
    const bool isFirst = !m_inside.has_value();
    if (isFirst) {
        auto writer = insight::InsideWriter::open(m_context->jobPath() + QLatin1Char('/') + QLatin1String(insight::kInsideFile),
                                                  {layers, m_row->tokens});
        if (!writer)
            return leaveOut(writer.error(), tr("The losses of the sample's tokens cannot be kept"));
        m_inside.emplace(std::move(*writer));
    }
    const bool isDue = isFirst || m_sinceKept.elapsed() >= kKeepEveryMs || step == m_plan->lastStep();
    if (losses.empty() || !isDue)
        return;
    m_sinceKept.start();
    if (const Status kept = m_inside->add({step, losses}); !kept)
        leaveOut(kept.error(), tr("The losses of the sample's tokens cannot be kept"));
}

void RunInsight::record(qint64 step, QMap<QString, double> values)
{
    values.insert(m_clock.take());
    if (m_limit > 0 && m_flopsPerToken > 0) {
        values.insert(QLatin1String(insight::kLimitSeries), m_limit);
        values.insert(QLatin1String(insight::kShareSeries), m_flopsPerToken * values.value(QStringLiteral("tokens_per_second")) / m_limit);
    }
    if (m_isLooking)
        values.insert(m_figures);
    m_context->metric(step, values);
    if (m_isLooking)
        tellHints(step, values);
    else if (values.contains(QStringLiteral("validation/loss")))
        m_history.add(step, {{QStringLiteral("validation/loss"), values.value(QStringLiteral("validation/loss"))}});
    writeBoard(step, values);
}

insight::RunFacts RunInsight::facts() const
{
    insight::RunFacts facts;
    facts.steps = m_plan->lastStep();
    facts.warmupSteps = qint64(m_inputs->settings.all.value(QLatin1String("warmup_share")).toDouble() * double(facts.steps));
    facts.isHalfPrecision = m_plan->precision != QLatin1String("f32");
    const bool isNew = m_inputs->fromFolder.isEmpty() && !m_trainer->model().hasLabelHead();
    facts.randomLoss = isNew ? std::log(double(m_inputs->tokenizer->vocabularySize())) : 0;
    if (m_row) {
        const auto length = double(m_row->batch.ids.size(1));
        facts.sampleEntropy = std::lgamma(length + 1) / length;  // the mean of ln 1 … ln T
    }
    return facts;
}

void RunInsight::tellHints(qint64 step, QMap<QString, double> values)
{
    values.insert(QStringLiteral("train/loss"), m_lossSum / double(std::max<qint64>(1, m_lossCount)));
    m_lossSum = 0;
    m_lossCount = 0;
    m_history.add(step, values);
    for (const insight::HintBook::Change &change : m_hints.look(m_history, facts())) {
        QJsonObject told = insight::toJson(change.hint);
        told.insert(QStringLiteral("open"), change.opens);
        m_context->artifact(step, QLatin1String(insight::kHintArtifact), {}, told);
        if (change.opens)
            m_context->log(QStringLiteral("warning"), change.hint.words());
    }
}

void RunInsight::writeBoard(qint64 step, const QMap<QString, double> &values)
{
    // A run that went back begins a file as a resumed one does.
    if (m_isBoardDue || (m_board && step <= m_boardStep)) {
        m_isBoardDue = false;
        m_board.reset();
        auto board = interop::EventFileWriter::create(m_context->jobPath() + QStringLiteral("/tensorboard"), step);
        if (board)
            m_board.emplace(std::move(*board));
        else
            m_context->log(QStringLiteral("warning"), tr("No files for TensorBoard: %1").arg(board.error().message));
    }
    const bool isWanted = m_isLooking || !m_sinceBoard.isValid() || m_sinceBoard.elapsed() >= kBoardEveryMs
                          || values.contains(QStringLiteral("validation/loss")) || step == m_plan->lastStep();
    if (!m_board || !isWanted)
        return;
    m_sinceBoard.start();
    m_boardStep = step;
    if (const Status written = m_board->scalars(step, values); !written) {
        m_context->log(QStringLiteral("warning"), tr("The files for TensorBoard end here: %1").arg(written.error().message));
        m_board.reset();
    }
}

void RunInsight::sample(qint64 step, const QString &prompt, const QString &text)
{
    const QString whole = text.startsWith(prompt) ? text : prompt + text;
    if (m_board && !m_board->text(step, QStringLiteral("sample"), QStringLiteral("    ") + QString(whole).replace(QLatin1Char('\n'), QLatin1String("\n    "))))
        m_board.reset();
}

}  // namespace athanor::train
