// See train_run.h. One turn: step, then (when due) validation and sample, then (when due) a checkpoint, then control.
#include "core/train/train_run.h"

#include "core/base/format.h"
#include "core/base/machine.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/plugin/registry.h"
#include "core/tensor/device.h"
#include "core/tensor/guard.h"
#include "core/train/record_sample.h"

namespace athanor::train {
namespace {

constexpr qint64 kMetricEveryMs = 40;  // tiny models make hundreds of steps a second
constexpr qint64 kPromptTokens = 12;
constexpr qint64 kLeastSteps = 3;  // that a look is based on
constexpr int kLooks = 8;  // times a run looks whether its steps still fit the minutes

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// The beginning of a held-out document (or of the training text), as text.
QString usualPrompt(const RunInputs &inputs)
{
    const tokenizer::TokenShards &tokens = inputs.validationTokens ? *inputs.validationTokens : *inputs.trainTokens;
    const qint64 count = std::min(kPromptTokens, tokens.tokenCount());
    std::vector<qint64> ids(size_t(count), 0);
    tokens.copy(0, count, ids.data());
    std::vector<tokenizer::TokenId> narrow;
    for (qint64 id : ids) {
        if (qint32(id) == inputs.tokenizer->endOfDocument())
            break;
        narrow.push_back(qint32(id));
    }
    return QString::fromUtf8(inputs.tokenizer->decode(narrow)).section(QChar::ReplacementCharacter, 0, 0);
}

/// Where the weights turned out to be bad, before what was found.
Error atStep(qint64 step, Error error)
{
    error.message = tr("After step %1: %2").arg(step).arg(error.message);
    return error;
}

}  // namespace

TrainRun::TrainRun(job::Context &context, const RunInputs &inputs, const RunPlan &plan)
    : m_context(&context), m_inputs(&inputs), m_plan(plan), m_rungs(context)
{
}

Result<std::unique_ptr<TrainRun>> TrainRun::create(job::Context &context, const RunInputs &inputs, const RunPlan &plan)
{
    std::unique_ptr<TrainRun> run(new TrainRun(context, inputs, plan));
    ATHANOR_TRY(run->begin());
    return run;
}

Status TrainRun::begin()
{
    m_context->report({tr("Building the model"), 0, 0, {}});
    ATHANOR_ASSIGN(const TrainerParts parts, trainerParts(*m_context, *m_inputs, m_plan));
    ATHANOR_ASSIGN(m_trainer, Trainer::create(parts));
    m_checkpoints = std::make_unique<RunCheckpoints>(*m_context, *m_inputs, m_plan, *m_trainer);
    ATHANOR_TRY(m_checkpoints->takeAlong());
    m_recovery.emplace(*m_context, *m_inputs, m_plan, *m_checkpoints, *m_trainer);
    m_trainer->setBeforeUpdate([this](const StepReport &report) { return m_recovery->check(report, m_state); });
    tellWhatLearns();
    if (m_inputs->hasHeldOut()) {
        ATHANOR_ASSIGN(m_validator, validatorOf(*m_inputs, *m_trainer, m_plan));
    } else {
        m_context->log(QStringLiteral("warning"), tr("Nothing is held out, so nothing can be measured on unseen text."));
    }
    ATHANOR_ASSIGN(const std::optional<RunState> resumed, m_checkpoints->resume());
    m_insight = std::make_unique<RunInsight>(*m_context, *m_inputs, m_plan, *m_trainer, m_validator ? &*m_validator : nullptr);
    if (resumed) {
        m_state = *resumed;
        m_earlierSeconds = m_state.seconds;
        m_lookedAtStep = m_state.step;
        m_lookedAtSeconds = m_state.seconds;
        return {};
    }
    ATHANOR_TRY(m_checkpoints->checkSpace());
    if (!m_inputs->fromFolder.isEmpty())
        ATHANOR_TRY(m_checkpoints->startFrom(m_inputs->fromFolder));
    return beforeFirstStep();
}

void TrainRun::tellWhatLearns()
{
    if (m_inputs->learning.what == Learns::All)
        return;
    qint64 learned = 0;
    for (const TrainedParameter &parameter : m_trainer->parameters())
        learned += parameter.master.numel();
    const qint64 all = m_trainer->model().parameterCount();
    m_context->log(QStringLiteral("info"), tr("%1 numbers learn, beside %2 of the model.").arg(formatInteger(learned), formatInteger(all)));
}

/// The starting point, so that every later figure has its comparison.
Status TrainRun::beforeFirstStep()
{
    if (m_validator) {
        const auto score = validate();
        if (!score)
            return fail(score.error().code == ErrorCode::Diverged ? divergedAtTheBeginning(score.error(), *m_inputs) : score.error());
        m_state.addValidation(*score);
        m_insight->record(0, metricsOf(*score));
    }
    writeSample();
    save();
    return {};
}

qint64 TrainRun::lastStep() const
{
    const qint64 expected = qint64(m_inputs->expect.value(QLatin1String("steps")).toDouble());
    return expected > 0 ? std::min(expected, m_plan.lastStep()) : m_plan.lastStep();
}

Result<RunEnd> TrainRun::run()
{
    m_sinceMetric.start();
    RunEnd end = RunEnd::Budget;
    if (m_inputs->settings.patience > 0 && m_state.withoutImprovement >= m_inputs->settings.patience)
        end = RunEnd::Early;  // resumed after the last step
    while (m_state.step < lastStep() && end == RunEnd::Budget) {
        ATHANOR_ASSIGN(std::optional<RunEnd> wish, control());
        if (!wish) {
            ATHANOR_ASSIGN(wish, oneStep());
        }
        end = wish.value_or(end);
    }
    ATHANOR_TRY(m_checkpoints->saveAndWait(m_state));
    m_checkpoints->store().removeAbandoned();
    return end;
}

Result<std::optional<RunEnd>> TrainRun::oneStep()
{
    QElapsedTimer timer;
    timer.start();
    const qint64 step = m_state.step + 1;
    keepToTheBudget();
    m_trainer->setSteps(m_plan.at(step).steps);
    m_insight->beforeStep(step);
    const bool isAlone = !m_checkpoints->isWriting() && !m_insight->hasLooked();
    m_trainer->setDataShift(dataShift(m_plan.leftOut, step));
    const auto report = stepWithinMemory(*m_trainer, m_plan, step, [this](const MicroBatch &smaller) {
        tellSmaller(*m_context, smaller);
        return storePlan(*m_context, m_plan);
    });
    if (!report)
        return recover(step, report.error(), Recovery::Suspect::Batch);
    const double stepSeconds = double(timer.nsecsElapsed()) * 1e-9;
    m_insight->afterStep(step, *report);
    m_state.step = step;
    m_state.tokens += report->tokens;
    m_speed.add(report->tokens, stepSeconds, isAlone ? StepSpeed::Beside::Nothing : StepSpeed::Beside::Something);
    m_state.lastLoss = report->loss;
    if (!report->isOverflow)
        m_state.recent.add(report->loss, report->gradientNorm);
    m_state.validation.reset();
    m_state.holdsAverage = m_trainer->average().isReady() && (m_state.holdsAverage || !m_validator);
    const bool isValidation = m_validator && (step % m_plan.at(step).validationEvery == 0 || step == lastStep());
    bool isBest = false;
    if (isValidation) {
        const auto score = validate();
        if (!score)
            return recover(step, atStep(step, score.error()), Recovery::Suspect::Weights);
        isBest = m_state.addValidation(*score);
    }
    emitMetrics(*report, isValidation, stepSeconds);
    if (isValidation)
        writeSample();
    m_state.seconds += double(timer.nsecsElapsed()) * 1e-9;
    m_context->report({tr("Training"), step, lastStep(), tr("steps")});
    m_checkpoints->collect();
    m_checkpoints->watchDisk(m_state.seconds / double(step) * double(lastStep() - step));
    if (isBest || m_checkpoints->isDue(step) || m_context->takeCheckpointRequest())
        save();
    if (m_inputs->settings.patience > 0 && m_state.withoutImprovement >= m_inputs->settings.patience)
        return std::optional<RunEnd>(RunEnd::Early);
    if (isValidation && m_rungs.isHopeless(step, lastStep(), m_state.validation->loss))
        return std::optional<RunEnd>(RunEnd::Hopeless);
    return std::optional<RunEnd>();
}

/// What went wrong at `step` is left out, or it ends the run.
Result<std::optional<RunEnd>> TrainRun::recover(qint64 step, const Error &error, Recovery::Suspect suspect)
{
    m_trainer->setWatch(nullptr);
    m_checkpoints->collect();
    if (error.code != ErrorCode::Diverged)
        return fail(error);
    ATHANOR_TRY(m_recovery->recover(step, error, suspect, m_state));
    m_trainer->setCourse(m_plan.course());
    m_lookedAtStep = m_state.step;
    m_lookedAtSeconds = m_state.seconds;
    return std::optional<RunEnd>();
}

/// Before a step: a budget in minutes may come to more or fewer steps than was measured before the first one.
void TrainRun::keepToTheBudget()
{
    const bool isFixed = !m_inputs->expect.isEmpty() || m_inputs->settings.budgetKind != BudgetKind::Time;
    const bool isReplaying = !m_plan.revisions.empty() && m_plan.revisions.back().afterStep >= m_state.step;
    if (isFixed || isReplaying)
        return;
    const qint64 steps = m_state.step - m_lookedAtStep;
    const double seconds = m_state.seconds - m_lookedAtSeconds;
    const double budgetSeconds = m_inputs->settings.budget * 60;
    const bool isNearTheEnd = m_state.seconds > 0.9 * budgetSeconds;
    const bool isFarAhead = 2 * m_state.step >= lastStep() && 3 * m_state.seconds < budgetSeconds;
    if (steps < kLeastSteps || (seconds < budgetSeconds / kLooks && !isFarAhead) || isNearTheEnd)
        return;
    m_lookedAtStep = m_state.step;
    m_lookedAtSeconds = m_state.seconds;
    const auto revision = revise(m_plan, m_inputs->settings, m_state.step, m_state.seconds, seconds / double(steps));
    if (!revision)
        return;
    m_plan.revisions.push_back(*revision);
    if (const Status stored = storePlan(*m_context, m_plan); !stored) {  // a resumed run would not know of it
        m_plan.revisions.pop_back();
        m_context->log(QStringLiteral("warning"), tr("The number of steps stays as it was, because a new plan cannot be stored. %1").arg(stored.error().message));
        return;
    }
    m_trainer->setCourse(m_plan.course());
    m_context->log(QStringLiteral("info"), tr("%1 steps fit the time, by the speed so far.").arg(revision->steps));
}

/// Pause and cancel write a checkpoint and leave; "finish" ends the run as if its budget were used up.
Result<std::optional<RunEnd>> TrainRun::control()
{
    if (m_context->cancelToken().isCancelled() || m_context->pauseRequested()) {
        ATHANOR_TRY(stopHere());
    }
    for (const QJsonObject &message : m_context->takeMessages()) {
        if (message.value(QLatin1String("action")).toString() == QLatin1String("finish"))
            return std::optional<RunEnd>(RunEnd::Request);
    }
    return std::optional<RunEnd>();
}

Status TrainRun::stopHere()
{
    ATHANOR_TRY(m_checkpoints->saveAndWait(m_state));
    return job::stoppedHere(tr("The checkpoint of step %1 of %2 is kept; the run can be resumed from it.")
                                .arg(m_state.step).arg(lastStep()));
}

/// Of the weights, or of their mean where there is one and it does better: those are what the next checkpoints hold.
Result<ValidationScore> TrainRun::validate()
{
    const PhaseClock::Timed timed(m_insight->clock(), insight::Phase::Validation);
    ATHANOR_ASSIGN(const ValidationScore own, m_validator->run(m_trainer->model()));
    if (!m_trainer->average().isReady())
        return own;
    ATHANOR_ASSIGN(const ValidationScore mean, validateAverage());
    m_state.holdsAverage = mean.loss < own.loss;
    ValidationScore better = m_state.holdsAverage ? mean : own;
    better.ownLoss = own.loss;
    better.averageLoss = mean.loss;
    return better;
}

Result<ValidationScore> TrainRun::validateAverage()
{
    const auto exchange = [this] {
        return tensor::guarded(tr("changing to the mean of the weights"), [this] { m_trainer->average().exchange(); });
    };
    ATHANOR_TRY(exchange());
    auto score = m_validator->run(m_trainer->model());
    ATHANOR_TRY(exchange());
    return score;
}

void TrainRun::save()
{
    const PhaseClock::Timed timed(m_insight->clock(), insight::Phase::Checkpoint);
    m_checkpoints->save(m_state);
}

void TrainRun::writeSample()
{
    const PhaseClock::Timed timed(m_insight->clock(), insight::Phase::Sample);
    const RunSettings &settings = m_inputs->settings;
    if (settings.sampleTokens <= 0 || m_trainer->model().hasLabelHead())
        return;
    const plugin::Registry<generate::Sampler> samplers(m_context->plugins(), QStringLiteral("sampler"));
    const auto sampler = samplers.get(QLatin1String(generate::kUsualSampler));
    if (!sampler) {
        m_context->log(QStringLiteral("warning"), tr("No sample: %1").arg(sampler.error().message));
        return;
    }
    const auto written = m_inputs->teachesRecords() ? answer(**sampler) : continuation(**sampler);
    if (!written) {
        m_context->log(QStringLiteral("warning"), tr("No sample: %1").arg(written.error().message));
        return;
    }
    const QString label = m_state.step == 0 && m_inputs->fromFolder.isEmpty() ? tr("before training: noise") : QString();
    m_context->sample(m_state.step, written->first, written->second, label);
    m_insight->sample(m_state.step, written->first, written->second);
}

Result<TrainRun::Written> TrainRun::continuation(const generate::Sampler &sampler)
{
    const RunSettings &settings = m_inputs->settings;
    generate::GenerationRequest request;
    const QString prompt = settings.samplePrompt.isEmpty() ? usualPrompt(*m_inputs) : settings.samplePrompt;
    request.prompt = prompt.toUtf8();
    request.maxTokens = settings.sampleTokens;
    request.sampling = kSampleSampling;
    request.seed = settings.seed;
    generate::Generator generator(m_trainer->model(), *m_inputs->tokenizer, sampler);
    ATHANOR_ASSIGN(const generate::GenerationResult result, generator.run(request, {}, m_context->cancelToken()));
    return Written{prompt, QString::fromUtf8(result.text)};
}

Result<TrainRun::Written> TrainRun::answer(const generate::Sampler &sampler)
{
    const RunSettings &settings = m_inputs->settings;
    const adapt::Records &records = m_inputs->validationRecords ? m_inputs->validationRecords->records : m_inputs->trainRecords->records;
    const RecordPrompt prompt = recordPrompt(records, *m_inputs->tokenizer);
    if (prompt.ids.empty())
        return fail(ErrorCode::NotFound, tr("no record has a question before its answer."));
    AnswerSettings answering{settings.sampleTokens, kSampleSampling, settings.seed, m_inputs->recordSettings.decoderStart};
    ATHANOR_ASSIGN(const QString text, answerTo(prompt.ids, m_trainer->model(), *m_inputs->tokenizer, sampler, answering));
    return Written{prompt.text, text};
}

void TrainRun::emitMetrics(const StepReport &report, bool isValidation, double stepSeconds)
{
    const double rate = double(report.tokens) / std::max(1e-9, stepSeconds);
    m_rate = m_rate > 0 ? 0.9 * m_rate + 0.1 * rate : rate;
    const bool isWanted = isValidation || m_insight->hasLooked() || m_state.step <= 10 || m_state.step == lastStep()
                          || m_sinceMetric.elapsed() >= kMetricEveryMs;
    if (!isWanted)
        return;
    m_sinceMetric.restart();
    QMap<QString, double> values{
        {QStringLiteral("train/loss"), report.loss},
        {QStringLiteral("lr"), report.learningRate},
        {QStringLiteral("gradient_norm"), report.gradientNorm},
        {QStringLiteral("tokens_per_second"), m_rate},
        {QStringLiteral("memory_bytes"), double(residentBytes())},
        {QStringLiteral("tokens"), double(m_state.tokens)}};
    if (report.objective != report.loss)
        values.insert(QStringLiteral("train/objective"), report.objective);
    if (report.bytesPerToken > 0)
        values.insert(QStringLiteral("train/bits_per_byte"), report.loss / std::log(2.0) / std::max(1e-9, report.bytesPerToken));
    if (const auto memory = tensor::deviceMemory(m_trainer->model().device()))
        values.insert(QStringLiteral("device_memory_bytes"), double(memory->taken));
    if (m_trainer->lossScale().isOn())
        values.insert(QStringLiteral("loss_scale"), m_trainer->lossScale().factor());
    if (isValidation && m_state.validation)
        values.insert(metricsOf(*m_state.validation));
    m_insight->record(m_state.step, values);
}

}  // namespace athanor::train
