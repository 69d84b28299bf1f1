// See recovery.h.
#include "core/train/recovery.h"

#include "core/base/format.h"
#include "core/job/metrics.h"

namespace athanor::train {
namespace {

constexpr qint64 kClose = 2;  // steps: trouble again so near is the same trouble
constexpr size_t kNamed = 8;  // documents named; a batch may hold hundreds

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

QString reasonOf(const Error &error) { return error.detail.isEmpty() ? error.message : error.detail; }

}  // namespace

Error divergedAtTheBeginning(Error error, const RunInputs &inputs)
{
    error.message += QLatin1Char(' ') + tr("Nothing was learned before, so the weights that the run begins with, or the number format, are the cause.");
    error.hint = inputs.fromFolder.isEmpty() ? tr("Set “precision” to f32, or choose another initialisation of the weights.")
                                             : tr("Begin with another checkpoint or model, or set “precision” to f32.");
    return error;
}

Recovery::Recovery(job::Context &context, const RunInputs &inputs, RunPlan &plan, RunCheckpoints &checkpoints, Trainer &trainer)
    : m_context(&context), m_inputs(&inputs), m_plan(&plan), m_checkpoints(&checkpoints), m_trainer(&trainer)
{
}

Status Recovery::check(const StepReport &report, const RunState &state)
{
    const RunSettings &settings = m_inputs->settings;
    const auto spike = findSpike(state.recent, report.loss, report.gradientNorm, {settings.spikeThreshold, settings.clipNorm});
    if (!spike)
        return {};
    const qint64 step = state.step + 1;
    if (settings.onSpike != OnSpike::Tell) {
        m_jumpedTo = report.loss;
        return fail(ErrorCode::Diverged, tr("Training went out of bounds at step %1: %2.").arg(step).arg(*spike),
                    tr("Look at the documents of this step, or start again with a lower learning rate. The last good checkpoint is kept."), *spike);
    }
    const QStringList documents = documentsOf(step + dataShift(m_plan->leftOut, step));
    m_context->log(QStringLiteral("warning"), tr("At step %1 %2. It read: %3.").arg(step).arg(*spike, documents.join(QStringLiteral(", "))));
    return {};
}

Status Recovery::recover(qint64 step, const Error &error, Suspect suspect, RunState &state)
{
    const RunSettings &settings = m_inputs->settings;
    const int tries = troublesNear(m_plan->leftOut, step);
    const bool isBeginning = suspect == Suspect::Batch && step == 1;
    const Error cause = isBeginning ? divergedAtTheBeginning(error, *m_inputs) : error;
    m_context->metric(step, {{QStringLiteral("train/loss"), std::exchange(m_jumpedTo, std::numeric_limits<double>::quiet_NaN())}});
    if (settings.onSpike != OnSpike::GoBack || tries >= settings.spikeRetries)
        return giveUp(cause, tries);
    const bool isBatch = suspect == Suspect::Batch && !isCloseToTheLast(step);
    const qint64 afterStep = isBatch ? step - 1 : std::max<qint64>(0, step - 1 - kStepsBack);
    const QStringList documents = documentsOf(step + dataShift(m_plan->leftOut, step));
    if ((!isBatch || hasTakenNote()) && !goBack(afterStep, state))
        return giveUp(cause, tries);
    LeftOut &entry = leaveOutFrom(m_plan->leftOut, afterStep, step);
    entry.reason = reasonOf(error);
    entry.documents = documents;
    ATHANOR_TRY(storePlan(*m_context, *m_plan));
    m_checkpoints->abandonWrongBranch();
    tell(entry, state.step);
    return {};
}

/// A layer that keeps track of what it reads (batch normalisation) has seen the batch already.
bool Recovery::hasTakenNote() const
{
    const auto parameters = m_trainer->model().parameters();
    return std::any_of(parameters.begin(), parameters.end(), [](const network::NamedParameter &parameter) { return parameter.isBuffer; });
}

/// No better since the last time: another batch is no remedy.
bool Recovery::isCloseToTheLast(qint64 step) const
{
    return !m_plan->leftOut.empty() && std::abs(step - m_plan->leftOut.back().noticedAt) <= kClose;
}

/// The newest checkpoint up to `step`; the steps from there to `step` come again as they were.
Status Recovery::goBack(qint64 step, RunState &state)
{
    ATHANOR_ASSIGN(const std::optional<RunState> older, m_checkpoints->goBackTo(step));
    if (!older)
        return fail(ErrorCode::NotFound, tr("No checkpoint is older than the trouble."));
    const double seconds = state.seconds;  // they are spent
    state = *older;
    state.seconds = seconds;
    return {};
}

QStringList Recovery::documentsOf(qint64 dataStep) const
{
    const std::vector<qint64> all = m_trainer->source().documents(dataStep);
    QStringList names;
    for (size_t i = 0; i < std::min(kNamed, all.size()); ++i) {
        const auto document = m_inputs->corpus->document(QStringLiteral("train"), all[i]);
        names += document && !document->path.isEmpty() ? document->path : tr("document %1").arg(all[i] + 1);
    }
    if (all.size() > kNamed)
        names += tr("%1 more").arg(all.size() - kNamed);
    return names;
}

void Recovery::tell(const LeftOut &entry, qint64 wentBackTo) const
{
    const bool isBatch = entry.afterStep == entry.noticedAt - 1;
    const QString what = isBatch ? tr("The batch is left out")
                                 : tr("The run goes back to step %1 and leaves out the data of %2 updates")
                                       .arg(formatInteger(entry.afterStep), formatInteger(entry.batches));
    m_context->log(QStringLiteral("warning"), tr("Step %1: %2. %3; it read: %4.")
                                                  .arg(formatInteger(entry.noticedAt), entry.reason, what, entry.documents.join(QStringLiteral(", "))));
    m_context->metric(wentBackTo + 1, {{QLatin1String(job::kRestartSeries), double(entry.batches)}});
}

tl::unexpected<Error> Recovery::giveUp(const Error &error, int tries) const
{
    if (tries == 0)
        return fail(error);
    Error told = error;
    told.message += QLatin1Char(' ') + tr("Documents were left out %1 times before; that did not help.").arg(tries);
    return fail(told);
}

}  // namespace athanor::train
