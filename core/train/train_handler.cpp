// Job kind "train": plan, run, final figure. See handlers.h.
#include "core/train/handlers.h"

#include "core/base/machine.h"
#include "core/generate/checkpoint_model.h"
#include "core/model/architecture.h"
#include "core/score/text_score.h"
#include "core/tensor/device.h"
#include "core/tensor/machine.h"
#include "core/train/memory_plan.h"
#include "core/train/mixture_inputs.h"
#include "core/train/train_run.h"

#include <QElapsedTimer>

namespace athanor::train {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

QString endName(RunEnd end)
{
    return end == RunEnd::Budget ? QStringLiteral("budget")
           : end == RunEnd::Early ? QStringLiteral("early")
           : end == RunEnd::Hopeless ? QStringLiteral("hopeless") : QStringLiteral("request");
}

QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

Result<generate::LoadedModel> loadedOn(at::Device device, job::Context &context, const CheckpointFacts &checkpoint)
{
    return generate::loadModel(context.plugins(), checkpoint.folder, generate::LoadPrecision::AsTrained, device);
}

/// A measurement in the words of a result.
QJsonObject figuresFrom(QJsonObject measured)
{
    measured[QStringLiteral("validationLoss")] = measured.take(QLatin1String("loss"));
    measured.remove(QStringLiteral("tokens"));
    return measured;
}

/// The best checkpoint on all held-out records.
Result<QJsonObject> recordFigures(job::Context &context, const RunInputs &inputs, const CheckpointFacts &best,
                                  at::Device device)
{
    context.report({tr("Measuring on all held-out records"), 0, 0, {}});
    ATHANOR_ASSIGN(const generate::LoadedModel loaded, loadedOn(device, context, best));
    ATHANOR_ASSIGN(const Validator validator, Validator::forRecords(inputs.validationRecords->records, inputs.tokenByteCounts,
                                                                    inputs.recordSettings, Validator::Extent::All));
    ATHANOR_ASSIGN(const ValidationScore score, validator.run(*loaded.model));
    return figuresFrom(toJson(score));
}

/// The best checkpoint on all held-out text, asked what it was trained for: hidden words, missing passages …
Result<QJsonObject> objectiveFigures(job::Context &context, const RunInputs &inputs, const CheckpointFacts &best,
                                  at::Device device)
{
    context.report({tr("Measuring on all held-out text"), 0, 0, {}});
    ATHANOR_ASSIGN(const generate::LoadedModel loaded, loadedOn(device, context, best));
    ATHANOR_ASSIGN(const ChosenObjective objective, chosenObjective(context.plugins(), inputs.architecture));
    const network::Dimensions &dimensions = loaded.model->dimensions();
    const TokenTables tables = tokenTables(*loaded.tokenizer, dimensions.vocabulary);
    const qint64 sequence = inputs.settings.sequence > 0 ? std::min<qint64>(inputs.settings.sequence, dimensions.context) : dimensions.context;
    ATHANOR_ASSIGN(Validator validator, Validator::create(*inputs.validationTokens, inputs.tokenByteCounts, sequence,
                                                          inputs.settings.batch, Validator::Extent::All));
    validator.setObjective(objective, tables);
    ATHANOR_ASSIGN(const ValidationScore score, validator.run(*loaded.model, context.cancelToken()));
    return figuresFrom(toJson(score));
}

/// The best checkpoint on the whole held-out part: the figure that the run is known by.
Result<QJsonObject> finalFigures(job::Context &context, const RunInputs &inputs, const CheckpointFacts &best,
                                  at::Device device)
{
    if (!inputs.hasHeldOut())
        return QJsonObject();
    if (inputs.teachesRecords())
        return recordFigures(context, inputs, best, device);
    if (!model::continuesText(inputs.architecture))
        return objectiveFigures(context, inputs, best, device);
    context.report({tr("Measuring on all held-out text"), 0, 0, {}});
    ATHANOR_ASSIGN(const generate::LoadedModel loaded, loadedOn(device, context, best));
    ATHANOR_ASSIGN(const score::DocumentStream stream,
                   score::splitStream(*inputs.corpus, QStringLiteral("validation")));
    ATHANOR_ASSIGN(const score::TextScore score,
                   score::scoreText(*loaded.model, *loaded.tokenizer, stream, {}, score::Baselines::GzipAndXz, context,
                                    context.cancelToken()));
    QJsonObject figures = score::toJson(score);
    figures[QStringLiteral("validationLoss")] = figures.take(QLatin1String("loss"));
    for (const char *key : {"tokens", "seconds", "documents"})
        figures.remove(QLatin1String(key));
    return figures;
}

/// A reproduction is compared with what it should have become.
void addComparison(job::Context &context, const QJsonObject &expect, QJsonObject &result)
{
    if (expect.isEmpty())
        return;
    bool isSame = true;
    for (const char *key : {"weightsSha256", "optimizerSha256"}) {
        const QString expected = expect.value(QLatin1String(key)).toString();
        isSame = isSame && (expected.isEmpty() || expected == result.value(QLatin1String(key)).toString());
    }
    result[QStringLiteral("reproduced")] = isSame;
    result[QStringLiteral("expected")] = expect;
    context.log(isSame ? QStringLiteral("info") : QStringLiteral("warning"),
                isSame ? tr("Identical: weights and optimizer state have the same SHA-256 as the original run's.")
                       : tr("Different: the weights are not those of the original run. Another processor, thread count "
                            "or program version rounds differently."));
}

qint64 learnedCount(Trainer &trainer)
{
    qint64 count = 0;
    for (const TrainedParameter &parameter : trainer.parameters())
        count += parameter.master.numel();
    return count;
}

Result<QJsonObject> finish(job::Context &context, const RunInputs &inputs, TrainRun &run, RunEnd end)
{
    const auto best = run.checkpoints().best();
    QStringList problems;
    const auto last = run.checkpoints().store().newestWhole(problems);
    for (const QString &problem : problems)
        context.log(QStringLiteral("warning"), tr("A checkpoint is passed over. %1").arg(problem));
    if (!best || !last)
        return fail(ErrorCode::Corrupt, tr("The run's checkpoints have disappeared, or all are damaged."),
                    tr("Look at the disk, then start the run again."));
    auto figures = finalFigures(context, inputs, *best, run.trainer().model().device());
    if (!figures && figures.error().code == ErrorCode::Diverged) {  // the run is whole all the same
        figures = figuresFrom(best->state.value(QLatin1String("validation")).toObject());
        context.log(QStringLiteral("warning"), tr("On all that is held out, the best checkpoint gave no finite number, so its figures are those of its last measurement during the run."));
    }
    if (!figures && figures.error().code == ErrorCode::Cancelled)
        return job::stoppedHere(tr("All %1 steps are done and kept; resuming measures the result.").arg(run.state().step));
    if (!figures)
        return fail(figures.error());
    QJsonObject result = *figures;
    const RunState &state = run.state();
    result[QStringLiteral("bestCheckpoint")] = run.checkpoints().relativePath(best->folder);
    result[QStringLiteral("lastCheckpoint")] = run.checkpoints().relativePath(last->folder);
    result[QStringLiteral("bestStep")] = best->step;
    result[QStringLiteral("steps")] = state.step;
    result[QStringLiteral("tokens")] = state.tokens;
    const qint64 read = state.step + dataShift(run.plan().leftOut, state.step);
    result[QStringLiteral("passes")] = run.trainer().source().passesAt(read);
    if (const QJsonArray sources = run.trainer().source().sourcesAt(read); !sources.isEmpty())
        result[QStringLiteral("sources")] = sources;
    result[QStringLiteral("seconds")] = state.seconds;
    result[QStringLiteral("parameters")] = qint64(run.trainer().model().parameterCount());
    if (inputs.learning.what != Learns::All)
        result[QStringLiteral("parametersLearned")] = learnedCount(run.trainer());
    result[QStringLiteral("startBitsPerByte")] = numberOrNull(state.startBitsPerByte);
    result[QStringLiteral("trainLoss")] = numberOrNull(state.lastLoss);
    if (!run.trainer().model().device().is_cpu())
        result[QStringLiteral("device")] = wordsForDevice(tensor::deviceName(run.trainer().model().device()));
    result[QStringLiteral("weightsSha256")] = last->weightsSha256;
    result[QStringLiteral("optimizerSha256")] = last->optimizerSha256;
    result[QStringLiteral("bestWeightsSha256")] = best->weightsSha256;
    result[QStringLiteral("stoppedBecause")] = endName(end);
    result[QStringLiteral("tokensPerSecond")] = run.speed().tokensPerSecond();
    result[QStringLiteral("stepsAlone")] = run.speed().stepsAlone();
    result[QStringLiteral("peakMemoryBytes")] = peakResidentBytes();
    if (const auto memory = tensor::deviceMemory(run.trainer().model().device()))
        result[QStringLiteral("deviceMemoryBytes")] = memory->taken;  // the allocator keeps what was needed once
    if (!run.plan().leftOut.empty())
        result[QStringLiteral("leftOut")] = toJson(run.plan().leftOut);
    addComparison(context, inputs.expect, result);
    return result;
}

Result<QJsonObject> trainAndMeasure(job::Context &context, const RunInputs &inputs, const RunPlan &plan, const QElapsedTimer &timer)
{
    ATHANOR_ASSIGN(const std::unique_ptr<TrainRun> run, TrainRun::create(context, inputs, plan));
    tellMixture(context, inputs, double(plan.lastStep()) * run->trainer().source().tokensPerStep());
    ATHANOR_ASSIGN(const RunEnd end, run->run());
    ATHANOR_ASSIGN(QJsonObject result, finish(context, inputs, *run, end));
    result[QStringLiteral("jobSeconds")] = run->earlierSeconds() + double(timer.elapsed()) * 1e-3;
    return result;
}

}  // namespace

Result<QJsonObject> TrainHandler::run(job::Context &context)
{
    QElapsedTimer timer;
    timer.start();
    tensor::keepLargeBlocks();
    ATHANOR_ASSIGN(const RunInputs inputs, openInputs(context));
    ATHANOR_ASSIGN(const RunPlan plan, makePlan(context, inputs));
    auto result = trainAndMeasure(context, inputs, plan, timer);
    if (!result)
        return fail(withMemoryAdvice(result.error(), context.plugins(), inputs, plan.precision));
    return result;
}

}  // namespace athanor::train
