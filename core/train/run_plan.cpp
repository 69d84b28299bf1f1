// See run_plan.h.
#include "core/train/run_plan.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/graphics.h"
#include "core/base/machine.h"
#include "core/model/dimensions.h"
#include "core/tensor/device.h"
#include "core/tensor/dtype.h"
#include "core/tensor/gemm.h"
#include "core/tensor/machine.h"
#include "core/train/memory_plan.h"
#include "core/train/run_measure.h"
#include "core/train/validator.h"

#include <QElapsedTimer>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::train {
namespace {

constexpr qint64 kMostSteps = 1'000'000'000'000;
constexpr double kValidationShareOfTime = 0.1;
constexpr double kLeastValidationShare = 0.25;
constexpr double kNearEnough = 0.05;

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }
QString planFile(const job::Context &context) { return context.jobPath() + QStringLiteral("/plan.json"); }

/// bf16 where a card multiplies it (since its compute capability 8), f16 where it only multiplies that (since 7).
QString precisionOfCard(at::Device device)
{
    const int capability = graphicsCards().value(device.index()).computeCapability;
    return capability >= 8 ? QStringLiteral("bf16") : capability >= 7 ? QStringLiteral("f16") : QStringLiteral("f32");
}

/// "auto": bf16 only where the processor has it and a matrix product is faster with it here and now.
Result<QString> choosePrecision(const RunSettings &settings, at::Device device)
{
    if (settings.precision == QLatin1String("f16") && device.is_cpu())
        return fail(ErrorCode::Unsupported, tr("f16 is not computed on the processor: it would be many times slower than f32."),
                    tr("Choose auto, bf16 or f32; or a graphics card, with --set device=cuda."));
    if (settings.precision != QLatin1String("auto"))
        return settings.precision;
    if (!device.is_cpu())
        return precisionOfCard(device);
    // Where bf16 is widened to be multiplied it cannot be faster; a probe beside other work could say otherwise.
    if (!machineFacts().hasBf16 || !tensor::multipliesBf16())
        return QStringLiteral("f32");
    ATHANOR_ASSIGN(const tensor::SpeedProbe probe, tensor::probeSpeed(0.3, 1024));
    return probe.bf16IsFaster() ? QStringLiteral("bf16") : QStringLiteral("f32");
}

struct Measurement {
    double secondsPerStep = 0;
    double validationSeconds = 0;
};

/// Real steps on real data with a model that is thrown away, for a few per cent of the budget.
Result<Measurement> measure(job::Context &context, const TrainerParts &parts, const RunInputs &inputs, RunPlan &plan)
{
    const double budgetSeconds = inputs.settings.budget * 60;
    ATHANOR_ASSIGN(const std::unique_ptr<Trainer> trainer, Trainer::create(parts));
    Measurement measured;
    ATHANOR_ASSIGN(measured.secondsPerStep, measureSteps(context, *trainer, plan, std::clamp(0.02 * budgetSeconds, 0.3, 8.0)));
    ATHANOR_ASSIGN(measured.validationSeconds, measureValidation(inputs, *trainer, measured.secondsPerStep));
    if (inputs.settings.averaging.kind != Averaging::None)
        measured.validationSeconds *= 2;  // of the weights and of their mean
    return measured;
}

struct PassSize {
    double tokensPerStep = 1;
    double tokensPerPass = 1;
};

Result<PassSize> passSizeOf(const RunInputs &inputs)
{
    if (inputs.trainRecords) {
        ATHANOR_ASSIGN(const auto source, recordSource(inputs.trainRecords->records, inputs.recordSettings,
                                                       inputs.settings.accumulation, inputs.recordMixture.get()));
        return PassSize{source->tokensPerStep(), source->tokensPerPass()};
    }
    const qint64 context = model::dimension(inputs.architecture, "context");
    const qint64 rows = inputs.settings.batch * inputs.settings.accumulation;
    return PassSize{double(rows * sequenceLength(inputs.settings, context)), double(inputs.trainTokens->tokenCount())};
}

Result<RunPlan> newPlan(job::Context &context, const RunInputs &inputs)
{
    QElapsedTimer timer;
    timer.start();
    ATHANOR_ASSIGN(RunPlan plan, planToMeasure(context, inputs));
    if (plan.recomputedBlocks > 0)
        context.log(QStringLiteral("info"), tr("Checkpointed layers: %1; they are computed twice, which saves memory.").arg(plan.recomputedBlocks));
    Overheads overheads;
    ATHANOR_ASSIGN(const TrainerParts parts, trainerParts(context, inputs, plan));
    if (inputs.settings.budgetKind == BudgetKind::Time) {
        ATHANOR_ASSIGN(const Measurement measured, measure(context, parts, inputs, plan));
        plan.secondsPerStep = measured.secondsPerStep;
        const ValidationPlan validations = validationPlan(inputs.settings.budget * 60, measured.validationSeconds);
        plan.validations = validations.count;
        plan.validationShare = validations.share;
        overheads.validation = measured.validationSeconds * validations.share;
        overheads.validations = validations.count;
        overheads.measuring = double(timer.elapsed()) * 1e-3;
    }
    ATHANOR_ASSIGN(const PassSize size, passSizeOf(inputs));
    ATHANOR_ASSIGN(plan.steps, stepsForBudget(inputs.settings, size.tokensPerStep, size.tokensPerPass,
                                              plan.secondsPerStep, overheads));
    plan.validationEvery = validationInterval(inputs.settings, plan.steps, plan.validations);
    return plan;
}

}  // namespace

Result<RunPlan> planToMeasure(job::Context &context, const RunInputs &inputs)
{
    RunPlan plan;
    plan.threads = inputs.settings.threads > 0 ? inputs.settings.threads : machineFacts().coreCount;
    tensor::setThreadCount(plan.threads);
    ATHANOR_ASSIGN(const at::Device device, tensor::deviceFromName(inputs.settings.device));
    plan.device = tensor::deviceName(device);
    tensor::prepareDevice(device);
    ATHANOR_ASSIGN(plan.precision, choosePrecision(inputs.settings, device));
    ATHANOR_ASSIGN(plan.recomputedBlocks, chooseRecomputed(context.plugins(), inputs, plan.precision));
    return plan;
}

PlanRevision RunPlan::at(qint64 step) const
{
    PlanRevision holds{0, steps, validationEvery};
    for (const PlanRevision &revision : revisions)
        if (revision.afterStep < step)
            holds = revision;
    return holds;
}

StepCourse RunPlan::course() const
{
    StepCourse course{{0, steps}};
    for (const PlanRevision &revision : revisions)  // what is read counts on over data that are left out
        course.push_back({revision.afterStep + dataShift(leftOut, revision.afterStep), revision.steps});
    return course;
}

std::optional<PlanRevision> revise(const RunPlan &plan, const RunSettings &settings, qint64 step, double seconds,
                                   double secondsPerStep)
{
    if (settings.budgetKind != BudgetKind::Time || secondsPerStep <= 0)
        return std::nullopt;
    const double left = std::max(0.0, settings.budget * 60 - seconds);
    const double steps = double(step) + std::max(1.0, std::floor(left / secondsPerStep));
    const double planned = double(plan.lastStep());
    if (!(steps <= double(kMostSteps)) || std::fabs(steps - planned) < kNearEnough * planned)
        return std::nullopt;
    PlanRevision revision{step, qint64(steps), 1};
    revision.validationEvery = validationInterval(settings, revision.steps, plan.validations);
    return revision;
}

Status storePlan(const job::Context &context, const RunPlan &plan)
{
    return writeJsonFile(planFile(context), toJson(plan));
}

namespace {

QJsonArray revisionsJson(const std::vector<PlanRevision> &revisions)
{
    QJsonArray array;
    for (const PlanRevision &revision : revisions)
        array += QJsonObject{{QStringLiteral("afterStep"), revision.afterStep},
                             {QStringLiteral("steps"), revision.steps},
                             {QStringLiteral("validationEvery"), revision.validationEvery}};
    return array;
}

std::optional<std::vector<PlanRevision>> revisionsFrom(const QJsonArray &array)
{
    std::vector<PlanRevision> revisions;
    qint64 before = 0;
    for (const QJsonValue &value : array) {
        const QJsonObject object = value.toObject();
        const PlanRevision revision{object.value(QLatin1String("afterStep")).toInteger(-1),
                                    object.value(QLatin1String("steps")).toInteger(-1),
                                    object.value(QLatin1String("validationEvery")).toInteger(-1)};
        if (revision.afterStep <= before - (before == 0) || revision.steps <= revision.afterStep
            || revision.steps > kMostSteps || revision.validationEvery < 1)
            return std::nullopt;
        before = revision.afterStep;
        revisions.push_back(revision);
    }
    return revisions;
}

}  // namespace

QJsonObject toJson(const RunPlan &plan)
{
    // An older Athanor, which knows nothing of data left out, must not go on with them in.
    return {{QStringLiteral("revisions"), revisionsJson(plan.revisions)},
            {QStringLiteral("device"), plan.device},       {QStringLiteral("microBatches"), toJson(plan.microBatches)},
            {QStringLiteral("leftOut"), toJson(plan.leftOut)},
            {QStringLiteral("format"), plan.leftOut.empty() ? 1 : kPlanFormat}, {QStringLiteral("steps"), plan.steps},
            {QStringLiteral("threads"), plan.threads},     {QStringLiteral("precision"), plan.precision},
            {QStringLiteral("validationEvery"), plan.validationEvery},
            {QStringLiteral("validations"), plan.validations},
            {QStringLiteral("validationShare"), plan.validationShare},
            {QStringLiteral("secondsPerStep"), plan.secondsPerStep},
            {QStringLiteral("checkpointedLayers"), plan.recomputedBlocks}};
}

Result<RunPlan> planFromJson(const QJsonObject &object)
{
    if (object.value(QLatin1String("format")).toInt(kPlanFormat) > kPlanFormat)
        return fail(ErrorCode::NewerVersion, tr("The plan of this run was written by a newer Athanor."));
    RunPlan plan;
    plan.steps = qint64(object.value(QLatin1String("steps")).toDouble());
    plan.threads = object.value(QLatin1String("threads")).toInt();
    plan.precision = object.value(QLatin1String("precision")).toString();
    plan.validationEvery = qint64(object.value(QLatin1String("validationEvery")).toDouble());
    plan.secondsPerStep = object.value(QLatin1String("secondsPerStep")).toDouble();
    plan.validations = object.value(QLatin1String("validations")).toInt(kValidations);
    plan.validationShare = object.value(QLatin1String("validationShare")).toDouble(1);
    plan.recomputedBlocks = qint64(object.value(QLatin1String("checkpointedLayers")).toDouble());
    plan.device = object.value(QLatin1String("device")).toString(plan.device);
    const auto revisions = revisionsFrom(object.value(QLatin1String("revisions")).toArray());
    const auto leftOut = leftOutFrom(object.value(QLatin1String("leftOut")).toArray());
    const auto microBatches = microBatchesFrom(object.value(QLatin1String("microBatches")).toArray());
    plan.revisions = revisions.value_or(std::vector<PlanRevision>());
    plan.leftOut = leftOut.value_or(std::vector<LeftOut>());
    plan.microBatches = microBatches.value_or(std::vector<MicroBatch>());
    const bool isUsable = plan.recomputedBlocks >= 0 && revisions && leftOut && microBatches && plan.steps >= 1 && plan.steps <= kMostSteps && plan.threads >= 1 && plan.threads <= 4096
                          && plan.validationEvery >= 1 && plan.validations >= 1 && plan.validationShare > 0 && plan.validationShare <= 1;
    if (!isUsable || !tensor::dtypeFromName(plan.precision))
        return fail(ErrorCode::Corrupt, tr("The plan of this run cannot be used."), tr("Start the run again."));
    return plan;
}

Result<Validator> validatorOf(const RunInputs &inputs, const Trainer &trainer, const RunPlan &plan, Validator::Extent extent)
{
    if (inputs.validationRecords) {
        ATHANOR_ASSIGN(Validator validator, Validator::forRecords(inputs.validationRecords->records, inputs.tokenByteCounts,
                                                                  inputs.recordSettings, extent));
        validator.thin(plan.validationShare);
        return validator;
    }
    ATHANOR_ASSIGN(Validator validator, Validator::create(*inputs.validationTokens, inputs.tokenByteCounts,
                                                          trainer.sequence(), inputs.settings.batch, extent));
    validator.setObjective(trainer.objective(), trainer.tokens());
    if (inputs.settings.documentAttention)
        validator.confineToDocuments();
    validator.thin(plan.validationShare);
    return validator;
}

Result<qint64> stepsForBudget(const RunSettings &settings, double tokensPerStep, double tokensPerPass,
                              double secondsPerStep, const Overheads &overheads)
{
    double steps = settings.budget;
    if (settings.budgetKind == BudgetKind::Tokens)
        steps = std::ceil(settings.budget / tokensPerStep);
    else if (settings.budgetKind == BudgetKind::Passes)
        steps = std::ceil(settings.budget * tokensPerPass / tokensPerStep);
    else if (settings.budgetKind == BudgetKind::Time)
        steps = std::floor((settings.budget * 60 - overheads.measuring - (overheads.validations + 1) * overheads.validation)
                           / std::max(1e-9, secondsPerStep));
    if (!(settings.budget > 0) || !(steps <= double(kMostSteps)))
        return fail(ErrorCode::InvalidInput, tr("The budget of %1 makes no run.").arg(settings.budget),
                    tr("Choose a number above zero, and a run that ends."));
    return std::max<qint64>(1, qint64(std::llround(steps)));
}

ValidationPlan validationPlan(double budgetSeconds, double seconds)
{
    const double bearable = kValidationShareOfTime * budgetSeconds;
    const double all = (kValidations + 1) * seconds;
    if (all <= bearable)
        return {};
    ValidationPlan plan;
    plan.share = std::clamp(bearable / all, kLeastValidationShare, 1.0);
    plan.count = int(std::clamp(std::floor(bearable / (plan.share * seconds) + 1e-9) - 1, 2.0, double(kValidations)));
    return plan;
}

qint64 validationInterval(const RunSettings &settings, qint64 steps, int validations)
{
    return settings.validationEvery > 0 ? settings.validationEvery
                                        : std::max<qint64>(1, (steps + validations - 1) / validations);
}

void tellSmaller(job::Context &context, const MicroBatch &smaller)
{
    context.log(QStringLiteral("warning"),
                tr("Memory ran out. From step %1 on, an update goes through the model in %2 portions of %3 sequences; it reads the same %4.")
                    .arg(smaller.afterStep + 1).arg(smaller.portions).arg(smaller.rows).arg(smaller.rows * smaller.portions));
}

QString wordsForDevice(const QString &device)
{
    for (const QJsonValue &value : tensor::deviceFacts())
        if (value.toObject().value(QLatin1String("id")).toString() == device)
            return QStringLiteral("%1 (%2)").arg(value.toObject().value(QLatin1String("name")).toString(), device);
    return device;
}

Result<TrainerParts> trainerParts(job::Context &context, const RunInputs &inputs, const RunPlan &plan)
{
    TrainerParts parts;
    parts.plugins = &context.plugins();
    parts.architecture = inputs.architecture;
    parts.data = inputs.trainTokens.get();
    parts.mixture = inputs.mixture.get();
    parts.recordMixture = inputs.recordMixture.get();
    parts.records = inputs.trainRecords ? &inputs.trainRecords->records : nullptr;
    parts.recordSettings = inputs.recordSettings;
    parts.learning = inputs.learning;
    parts.tokenByteCounts = &inputs.tokenByteCounts;
    parts.tokens = tokenTables(*inputs.tokenizer, model::dimension(inputs.architecture, "vocabulary"));
    parts.settings = inputs.settings;
    ATHANOR_ASSIGN(parts.dtype, tensor::dtypeFromName(plan.precision));
    ATHANOR_ASSIGN(parts.device, tensor::deviceFromName(plan.device));
    parts.steps = plan.steps;
    parts.course = plan.course();
    parts.recomputedBlocks = plan.recomputedBlocks;
    return parts;
}

namespace {

Status prepareFor(const RunPlan &plan)
{
    tensor::setThreadCount(plan.threads);
    ATHANOR_ASSIGN(const at::Device device, tensor::deviceFromName(plan.device));
    tensor::prepareDevice(device);
    return {};
}

}  // namespace

Result<RunPlan> makePlan(job::Context &context, const RunInputs &inputs)
{
    if (QFileInfo::exists(planFile(context))) {
        ATHANOR_ASSIGN(const QJsonObject stored, readJsonFile(planFile(context)));
        ATHANOR_ASSIGN(const RunPlan plan, planFromJson(stored));
        ATHANOR_TRY(prepareFor(plan));
        return plan;
    }
    RunPlan plan;
    const QJsonObject expected = inputs.expect.value(QLatin1String("plan")).toObject();
    if (!expected.isEmpty()) {
        ATHANOR_ASSIGN(plan, planFromJson(expected));
        ATHANOR_TRY(prepareFor(plan));
    } else {
        ATHANOR_ASSIGN(plan, newPlan(context, inputs));
    }
    ATHANOR_TRY(storePlan(context, plan));
    context.log(QStringLiteral("info"), plan.device == QLatin1String("cpu")
                                            ? tr("%1 steps in %2 on %3 threads.").arg(formatInteger(plan.steps), plan.precision).arg(plan.threads)
                                            : tr("%1 steps in %2 on %3.").arg(formatInteger(plan.steps), plan.precision, wordsForDevice(plan.device)));
    return plan;
}

}  // namespace athanor::train
