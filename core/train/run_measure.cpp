// See run_measure.h.
#include "core/train/run_measure.h"

#include "core/base/atomic_file.h"
#include "core/base/machine.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/plugin/registry.h"
#include "core/score/text_score.h"
#include "core/tensor/device.h"
#include "core/tensor/guard.h"
#include "core/tensor/machine.h"
#include "core/tokenizer/tokenizer.h"
#include "core/train/checkpoint_writer.h"
#include "core/train/handlers.h"
#include "core/train/micro_batch.h"
#include "core/train/record_sample.h"

#include <QDir>
#include <QElapsedTimer>
#include <QRegularExpression>

namespace athanor::train {
namespace {

constexpr int kWarmupSteps = 3;
constexpr double kLeastValidationShare = 0.25;
constexpr double kStepSeconds = 4;         // of measuring steps, in a probe
constexpr qint64 kScoredBytes = 32 << 10;  // of held-out text
constexpr int kWrittenTokens = 16;
constexpr qint64 kCheckpoints = 2;

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }
double secondsOf(const QElapsedTimer &timer) { return double(timer.nsecsElapsed()) * 1e-9; }

bool isAskedToStop(const job::Context &context) { return context.cancelToken().isCancelled() || context.pauseRequested(); }
tl::unexpected<Error> stopped() { return job::stoppedHere(tr("Training had not begun; nothing is lost.")); }

/// A checkpoint is written while steps go on: what the two cost together beyond the steps. The second one also shows what the
/// copy of the first leaves of memory.
Result<double> measureCheckpoint(job::Context &context, const RunInputs &inputs, Trainer &trainer, double secondsPerStep)
{
    const QString folder = context.jobPath() + QStringLiteral("/measured");
    CheckpointContents contents;
    for (const network::NamedParameter &parameter : trainer.checkpointWeights())
        contents.weights.push_back({parameter.name, parameter.value});
    contents.optimizer = trainer.memory();
    contents.architecture = inputs.architecture;
    ATHANOR_ASSIGN(const QByteArray tokenizer, readFile(inputs.tokenizerFile));
    contents.companions.insert(tokenizer::tokenizerFileName(tokenizer), tokenizer);
    QElapsedTimer timer;
    timer.start();
    qint64 steps = 0;
    {
        CheckpointWriter writer((CheckpointStore(folder)));
        for (contents.step = 0; contents.step < kCheckpoints && !isAskedToStop(context); ++contents.step) {
            writer.begin(contents);
            do {
                ATHANOR_TRY(trainer.step(++steps));
            } while (writer.isBusy() && !isAskedToStop(context));
        }
    }
    const double beyond = secondsOf(timer) - double(steps) * secondsPerStep;
    QDir(folder).removeRecursively();
    return std::max(0.0, beyond) / double(kCheckpoints);
}

/// A sample, from one of a few tokens, as the run writes them; 0 for what does not go on with a text.
Result<double> measureSample(job::Context &context, const RunInputs &inputs, network::Model &model)
{
    if (inputs.settings.sampleTokens <= 0 || !model::continuesText(inputs.architecture))
        return 0.0;
    const plugin::Registry<generate::Sampler> samplers(context.plugins(), QStringLiteral("sampler"));
    const auto sampler = samplers.get(QLatin1String(generate::kUsualSampler));
    if (!sampler)
        return 0.0;  // then the run writes none either
    generate::GenerationRequest request;
    request.prompt = "The ";
    request.maxTokens = std::min(kWrittenTokens, inputs.settings.sampleTokens);
    request.sampling = kSampleSampling;  // as the run draws them
    const auto write = [&] { return generate::Generator(model, *inputs.tokenizer, **sampler).run(request, {}, context.cancelToken()); };
    ATHANOR_TRY(write());  // warms up
    QElapsedTimer timer;
    timer.start();
    ATHANOR_ASSIGN(const generate::GenerationResult written, write());
    return secondsOf(timer) / double(std::max<qint64>(1, written.tokens)) * double(inputs.settings.sampleTokens);
}

/// The figure that the run is known by, on all that is held out: from a part of it.
Result<double> measureFinalFigure(job::Context &context, const RunInputs &inputs, Trainer &trainer, double validationSeconds)
{
    if (!inputs.hasHeldOut())
        return 0.0;
    if (inputs.teachesRecords() || !model::continuesText(inputs.architecture)) {
        RunPlan whole;
        ATHANOR_ASSIGN(const Validator some, validatorOf(inputs, trainer, whole));
        ATHANOR_ASSIGN(const Validator all, validatorOf(inputs, trainer, whole, Validator::Extent::All));
        return validationSeconds * double(all.rowCount()) / double(some.rowCount());
    }
    const QString split = QStringLiteral("validation");
    ATHANOR_ASSIGN(const score::DocumentStream stream, score::splitStream(*inputs.corpus, split, kScoredBytes));
    QElapsedTimer timer;
    timer.start();
    ATHANOR_TRY(score::scoreText(trainer.model(), *inputs.tokenizer, stream, {}, score::Baselines::GzipAndXz, context,
                                 context.cancelToken()));
    return secondsOf(timer) * double(inputs.corpus->byteCount(split)) / double(std::max<qint64>(1, stream.byteCount));
}

}  // namespace

Result<double> measureSteps(job::Context &context, Trainer &trainer, RunPlan &plan, double share)
{
    QElapsedTimer timer;
    timer.start();
    double beforeMeasuring = 0;
    for (qint64 step = 1;; ++step) {
        if (isAskedToStop(context))
            return stopped();
        context.report({tr("Measuring speed"), qint64(1000 * std::min(1.0, double(timer.elapsed()) / 1000 / share)), 1000, {}});
        ATHANOR_TRY(stepWithinMemory(trainer, plan, step, [&](const MicroBatch &smaller) {
            plan.microBatches = {MicroBatch{0, smaller.rows, smaller.portions}};
            tellSmaller(context, smaller);
            return Status();
        }));
        tensor::finishWork(trainer.model().device());
        const double now = secondsOf(timer);
        const bool isSlow = step >= 1 && now > 4 * share;
        if (step == kWarmupSteps && !isSlow)
            beforeMeasuring = now;
        const qint64 counted = step > kWarmupSteps && beforeMeasuring > 0 ? step - kWarmupSteps : step;
        if (isSlow || (step > kWarmupSteps && now - beforeMeasuring > share))
            return (now - (counted == step ? 0 : beforeMeasuring)) / double(counted);
    }
}

Result<double> measureValidation(const RunInputs &inputs, Trainer &trainer, double secondsPerStep)
{
    if (!inputs.hasHeldOut())
        return 0.0;
    RunPlan part;
    part.validationShare = secondsPerStep > 1 ? kLeastValidationShare : 1;
    ATHANOR_ASSIGN(const Validator validator, validatorOf(inputs, trainer, part));
    QElapsedTimer timer;
    timer.start();
    ATHANOR_TRY(validator.run(trainer.model()));
    return secondsOf(timer) / part.validationShare;
}

Result<model::MeasuredRun> measureRun(job::Context &context)
{
    QElapsedTimer timer;
    timer.start();
    ATHANOR_ASSIGN(const RunInputs inputs, openInputs(context));
    ATHANOR_ASSIGN(RunPlan plan, planToMeasure(context, inputs));
    ATHANOR_ASSIGN(const TrainerParts parts, trainerParts(context, inputs, plan));
    ATHANOR_ASSIGN(const std::unique_ptr<Trainer> trainer, Trainer::create(parts));
    model::MeasuredRun measured;
    measured.precision = plan.precision;
    measured.recomputedBlocks = plan.recomputedBlocks;
    measured.tokensPerStep = trainer->source().tokensPerStep();
    measured.tokensPerPass = trainer->source().tokensPerPass();
    measured.startSeconds = secondsOf(timer);
    ATHANOR_ASSIGN(measured.secondsPerStep, measureSteps(context, *trainer, plan, kStepSeconds));
    ATHANOR_ASSIGN(measured.checkpointSeconds, measureCheckpoint(context, inputs, *trainer, measured.secondsPerStep));
    ATHANOR_ASSIGN(measured.validationSeconds, measureValidation(inputs, *trainer, measured.secondsPerStep));
    ATHANOR_ASSIGN(measured.sampleSeconds, measureSample(context, inputs, trainer->model()));
    if (isAskedToStop(context))
        return stopped();
    ATHANOR_ASSIGN(measured.finalSeconds, measureFinalFigure(context, inputs, *trainer, measured.validationSeconds));
    const qint64 fileBytes = 4 * trainer->model().parameterCount();  // of the best checkpoint, mapped at the end
    measured.peakBytes = peakResidentBytes() + fileBytes;
    return measured;
}

Result<QJsonObject> MeasureHandler::run(job::Context &context)
{
    static const QRegularExpression isKey(QStringLiteral("^[0-9a-f]{64}$"));
    const QString key = context.spec().parameters.value(QLatin1String("measureKey")).toString();
    if (!isKey.match(key).hasMatch())  // it becomes a file's name
        return fail(ErrorCode::InvalidInput, tr("“%1” names no measurement.").arg(key.left(80)));
    tensor::keepLargeBlocks();
    ATHANOR_ASSIGN(const model::MeasuredRun measured, measureRun(context));
    const QString folder = context.projectPath() + QStringLiteral("/objects/measured");
    ATHANOR_TRY(makeFolder(folder));
    ATHANOR_TRY(writeJsonFile(folder + QLatin1Char('/') + key + QStringLiteral(".json"), model::toJson(measured)));
    return model::toJson(measured);
}

}  // namespace athanor::train
