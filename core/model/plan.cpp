// Role: the planner. Every line says one thing that a person should know before pressing Start, with the numbers, and
// what can be done when it is not good. Thread: pure functions of their arguments.
#include "core/base/format.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/measured_run.h"
#include "core/model/rules_of_thumb.h"
#include "core/model/training_memory.h"
#include "core/model/walk.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::model {

namespace {

constexpr double kCheckpointsBeside = 3;      // the best one, one to go back to, and one being written
constexpr double kAlmostAPass = 0.995;        // rounds to all of it
constexpr double kEnoughShare = 0.5;          // of 20 tokens a parameter
constexpr double kLongSeconds = 7 * 86400.0;
constexpr double kLargest = 9e18;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

using Level = PlanLine::Level;

// All in f32, whatever the run computes with: the weights (of bf16 ones the masters alone), and of those that learn what
// the optimizer remembers; with an adapter only what learns.
double bytesOfCheckpoint(const TrainingShape &shape, const Accounting &accounting)
{
    const auto parameters = static_cast<double>(accounting.parameters);
    const double perLearned = 4 + accounting.optimizerBytesPerWeight;
    const double adapter = perLearned * static_cast<double>(shape.adapterParameters);
    const double learned = shape.learnedParameters < 0 ? parameters : static_cast<double>(shape.learnedParameters);
    if (shape.adapterParameters > 0)
        return adapter + perLearned * learned;
    return 4 * parameters + accounting.optimizerBytesPerWeight * learned;
}

// So many stand on the disk at the end of the run.
double checkpointsOnDisk(const PlanInput &input, const Plan &plan)
{
    const double steps = input.tokensPerStep > 0 ? static_cast<double>(plan.tokens) / input.tokensPerStep : 0;
    const double forGood = input.keepEverySteps > 0 ? std::floor(steps / input.keepEverySteps) : 0;
    return input.keepCheckpoints + kCheckpointsBeside + forGood;
}

double bytesOnDisk(const PlanInput &input, const Plan &plan)
{
    const double tokenBytes = dimension(input.architecture, "vocabulary") <= 65536 ? 2 : 4;
    return checkpointsOnDisk(input, plan) * static_cast<double>(plan.checkpointBytes) + tokenBytes * static_cast<double>(input.trainTokens);
}

// On a graphics card; what the processor's memory holds beside it is small.
PlanLine cardLine(const PlanInput &input, qint64 needed)
{
    if (input.cardName.isEmpty())
        return {Level::Bad, input.cardProblem, input.cardAction};
    if (needed > input.cardMemoryBytes)
        return {Level::Bad, tr("does not fit in the memory of %1: needs %2, it has %3")
                                .arg(input.cardName, formatMemory(needed), formatMemory(input.cardMemoryBytes)),
                tr("Choose a smaller model, fewer sequences at once, or a shorter context.")};
    return {Level::Good, tr("fits in the memory of %1, with %2 to spare").arg(input.cardName, formatMemory(input.cardMemoryBytes - needed)), {}};
}

PlanLine memoryLine(const PlanInput &input, const Plan &plan)
{
    if (input.isOnCard)
        return cardLine(input, plan.accounting.trainingBytes);
    const qint64 needed = plan.accounting.trainingBytes;
    const qint64 total = input.machine.memoryBytes;
    const qint64 available = availableMemory(input);
    if (total <= 0)
        return {Level::Attention, tr("needs %1 of memory; how much this machine has is not known").arg(formatMemory(needed)), {}};
    if (static_cast<double>(needed) - copyBytes(plan.accounting) > static_cast<double>(total))  // a checkpoint does without its copy
        return {Level::Bad, tr("does not fit in memory: needs %1, this machine has %2").arg(formatMemory(needed), formatMemory(total)),
                tr("Choose a smaller model, fewer sequences at once, or a shorter context.")};
    if (needed > available)
        return {Level::Attention, tr("needs %1 of memory, and only %2 of %3 are free now")
                                      .arg(formatMemory(needed), formatMemory(available), formatMemory(total)),
                tr("Close other programs first, or choose fewer sequences at once.")};
    return {Level::Good, tr("fits in memory, with %1 to spare").arg(formatMemory(available - needed)), {}};
}

std::optional<PlanLine> checkpointingLine(const Plan &plan)
{
    if (plan.recomputedBlocks <= 0)
        return std::nullopt;
    return PlanLine{Level::Good, tr("checkpointed layers: %1 of %2; they are computed twice, which saves memory")
                                     .arg(formatInteger(plan.recomputedBlocks), formatInteger(plan.accounting.blocks)), {}};
}

PlanLine diskLine(const PlanInput &input, const Plan &plan)
{
    const QString needed = formatBytes(plan.diskBytes);
    if (input.freeDiskBytes < 0)
        return {Level::Attention, tr("needs %1 on disk; how much is free is not known").arg(needed), {}};
    if (plan.diskBytes > input.freeDiskBytes)
        return {Level::Bad, tr("the disk is too full: checkpoints need %1, %2 are free").arg(needed, formatBytes(input.freeDiskBytes)),
                tr("Free some space, keep fewer checkpoints, or move the project to another disk.")};
    if (static_cast<double>(plan.diskBytes) > 0.8 * static_cast<double>(input.freeDiskBytes))
        return {Level::Attention, tr("needs %1 on disk, nearly all of the %2 that are free").arg(needed, formatBytes(input.freeDiskBytes)),
                tr("Free some space first.")};
    return {Level::Good, tr("needs %1 on disk").arg(needed), {}};
}

PlanLine timeLine(const Plan &plan)
{
    if (plan.tokensPerSecond <= 0)
        return {Level::Attention, tr("how long it takes is known once the speed has been measured"), tr("Measure the speed, or just start.")};
    const QString how = plan.tokensPerSecondMeasured ? tr("measured here") : tr("estimated");
    const QString text = tr("takes %1 (%2 tokens a second, %3)")
                             .arg(formatDuration(plan.seconds), formatCount(plan.tokensPerSecond), how);
    if (plan.seconds > kLongSeconds)
        return {Level::Attention, text, tr("Choose a smaller model or a smaller budget.")};
    return {Level::Good, text, {}};
}

// What is left out of records, and what is cut.
std::optional<PlanLine> recordsLine(const PlanInput &input)
{
    if (input.trainRecords <= 0 && input.silentRecords <= 0)
        return std::nullopt;
    if (input.trainRecords <= 0)
        return PlanLine{Level::Bad, tr("none of the %1 records teaches anything: %2").arg(formatInteger(input.silentRecords), input.silentExamples.join(QStringLiteral("; "))),
                        tr("Look at one of them in the token inspector.")};
    const QString cut = input.truncatedRecords > 0 ? tr(", %1 of them cut").arg(formatInteger(input.truncatedRecords)) : QString();
    if (input.silentRecords > 0)
        return PlanLine{Level::Attention, tr("%1 records%2; %3 teach nothing and are left out: %4")
                                              .arg(formatInteger(input.trainRecords), cut, formatInteger(input.silentRecords), input.silentExamples.join(QStringLiteral("; "))),
                        tr("Look at one of them in the token inspector.")};
    return PlanLine{Level::Good, tr("%1 records%2").arg(formatInteger(input.trainRecords), cut), {}};
}

// How many times too few, in round words.
QString timesTooFew(double ratio)
{
    return ratio >= 10 ? formatInteger(static_cast<qint64>(std::llround(ratio))) : QString::number(ratio, 'f', 1);
}

PlanLine tokensLine(const Plan &plan)
{
    const auto suitable = static_cast<double>(plan.accounting.suitableTokens);
    const auto seen = static_cast<double>(plan.tokens);
    const QString suits = tr("about %1 suit its size").arg(formatCount(suitable));
    if (plan.tokens <= 0)
        return {Level::Attention, tr("how many tokens it sees is not known yet; %1").arg(suits), {}};
    if (seen >= kEnoughShare * suitable)
        return {Level::Good, tr("sees %1 tokens; %2").arg(formatCount(seen), suits), {}};
    return {Level::Attention, tr("sees %1 tokens, %2 × too few: %3").arg(formatCount(seen), timesTooFew(suitable / seen), suits),
            tr("It will learn, but a smaller model would learn more in this time. Add documents, train longer, or go smaller.")};
}

std::optional<PlanLine> passesLine(const PlanInput &input, const Plan &plan)
{
    const qint64 room = dimension(input.architecture, "context");
    const qint64 context = input.shape.sequence > 0 ? std::min(room, input.shape.sequence) : room;
    if (input.trainTokens <= 0)
        return std::nullopt;
    if (input.trainTokens <= context && input.trainRecords <= 0)
        return PlanLine{Level::Bad, tr("the text has %1 tokens, less than one sequence of %2").arg(formatInteger(input.trainTokens), formatInteger(context)),
                        tr("Add documents, or choose a shorter context.")};
    if (plan.tokens <= 0)
        return std::nullopt;  // how much it reads is not known yet
    if (plan.passes < kAlmostAPass)
        return PlanLine{Level::Good, plan.passes < 0.01 ? tr("reads less than 1 % of the text") : tr("reads %1 % of the text").arg(std::llround(100 * plan.passes)), {}};
    const QString passes = plan.passes < 10 ? QString::number(plan.passes, 'f', 1) : formatInteger(std::llround(plan.passes));
    if (plan.passes > kUsefulPasses)
        return PlanLine{Level::Attention, tr("reads the text %1 times; beyond %2 it learns little more and begins to recite").arg(passes).arg(kUsefulPasses),
                        tr("Add documents, or train for less.")};
    return PlanLine{Level::Good, tr("reads the text %1 times").arg(passes), {}};
}

double speedOf(const PlanInput &input, const Plan &plan)
{
    if (input.measured)
        return input.measured->tokensPerStep / input.measured->secondsPerStep;
    if (input.tokensPerSecond > 0)
        return input.tokensPerSecond;
    const bool isKnown = input.flopsPerSecond > 0 && plan.accounting.flopsPerTokenTraining > 0;
    return isKnown ? input.flopsPerSecond / plan.accounting.flopsPerTokenTraining : 0;
}

double secondsOf(const PlanInput &input, const Plan &plan)
{
    if (input.tokensToTrain <= 0)  // a budget in minutes, which the run keeps; its final figure comes after
        return input.secondsBudget + (input.measured ? input.measured->startSeconds + input.measured->finalSeconds : 0);
    const bool countsAll = input.tokensPerSecond > 0 || input.speedIsOfWholeRuns || input.tokensPerStep <= 0;
    if (!input.measured && countsAll)
        return static_cast<double>(plan.tokens) / plan.tokensPerSecond;
    const MeasuredRun parts = input.measured ? *input.measured
                                             : assumedRun(input.tokensPerStep, plan.tokensPerSecond, static_cast<double>(input.trainTokens),
                                                          static_cast<double>(plan.checkpointBytes));
    const double steps = std::ceil(static_cast<double>(plan.tokens) / parts.tokensPerStep);
    return wholeRunSeconds(parts, std::max(1.0, steps), input.validationEvery);
}

void addSpeed(const PlanInput &input, Plan &plan)
{
    plan.tokensPerSecondMeasured = input.measured || input.tokensPerSecond > 0;
    plan.tokensPerSecond = speedOf(input, plan);
    plan.tokens = input.tokensToTrain;
    if (plan.tokens <= 0)
        plan.tokens = static_cast<qint64>(std::min(kLargest, std::max(0.0, input.secondsBudget) * plan.tokensPerSecond));
    if (plan.tokensPerSecond > 0)
        plan.seconds = secondsOf(input, plan);
    if (input.trainTokens > 0)
        plan.passes = static_cast<double>(plan.tokens) / static_cast<double>(input.trainTokens);
}

QString levelName(Level level)
{
    return level == Level::Good ? QStringLiteral("good") : level == Level::Attention ? QStringLiteral("attention") : QStringLiteral("bad");
}

}  // namespace

qint64 availableMemory(const PlanInput &input)
{
    if (input.isOnCard)
        return input.cardMemoryBytes;
    return input.machine.freeMemoryBytes > 0 ? input.machine.freeMemoryBytes : input.machine.memoryBytes;
}

Result<Plan> plan(const plugin::Catalogue &plugins, const PlanInput &input)
{
    Plan plan;
    TrainingShape shape = input.shape;
    plan.batch = shape.batch;
    ATHANOR_ASSIGN(plan.recomputedBlocks, blocksToRecompute(plugins, input.architecture, shape, input.checkpointing, availableMemory(input)));
    shape.recomputedBlocks = plan.recomputedBlocks;
    ATHANOR_ASSIGN(plan.accounting, account(plugins, input.architecture, shape));
    leaveOutCopies(plan.accounting, availableMemory(input));
    if (input.measured && input.measured->recomputedBlocks == plan.recomputedBlocks && input.measured->peakBytes > 0 && !input.isOnCard)
        plan.accounting.trainingBytes = input.measured->peakBytes;
    plan.checkpointBytes = static_cast<qint64>(std::min(kLargest, bytesOfCheckpoint(input.shape, plan.accounting)));
    addSpeed(input, plan);
    plan.tokensPerStep = input.measured ? input.measured->tokensPerStep : input.tokensPerStep;
    plan.diskBytes = static_cast<qint64>(std::min(kLargest, bytesOnDisk(input, plan)));
    plan.lines = {memoryLine(input, plan)};
    if (const auto line = checkpointingLine(plan))
        plan.lines.append(*line);
    plan.lines.append(timeLine(plan));
    if (!input.beginsTrained)
        plan.lines.append(tokensLine(plan));
    if (const auto line = recordsLine(input))
        plan.lines.append(*line);
    if (const auto line = passesLine(input, plan))
        plan.lines.append(*line);
    plan.lines.append(diskLine(input, plan));
    plan.canStart = std::none_of(plan.lines.begin(), plan.lines.end(), [](const PlanLine &line) { return line.level == Level::Bad; });
    return plan;
}

QString memoryText(const Accounting &accounting)
{
    QList<MemoryPart> parts = accounting.memory;
    std::sort(parts.begin(), parts.end(), [](const MemoryPart &a, const MemoryPart &b) { return a.bytes > b.bytes; });
    QStringList words;
    for (const MemoryPart &part : parts)
        if (part.bytes >= 1)
            words += QStringLiteral("%1 %2").arg(part.name, formatMemory(static_cast<qint64>(part.bytes)));
    return words.join(QStringLiteral(", "));
}

QJsonObject toJson(const Plan &plan)
{
    QJsonArray lines;
    for (const PlanLine &line : plan.lines)
        lines.append(QJsonObject{{QStringLiteral("level"), levelName(line.level)},
                                 {QStringLiteral("text"), line.text},
                                 {QStringLiteral("action"), line.action}});
    return {{QStringLiteral("accounting"), toJson(plan.accounting)},
            {QStringLiteral("batch"), plan.batch},
            {QStringLiteral("checkpointedLayers"), plan.recomputedBlocks},
            {QStringLiteral("tokensPerSecond"), plan.tokensPerSecond},
            {QStringLiteral("tokensPerSecondMeasured"), plan.tokensPerSecondMeasured},
            {QStringLiteral("seconds"), plan.seconds},
            {QStringLiteral("tokens"), plan.tokens},
            {QStringLiteral("passes"), plan.passes},
            {QStringLiteral("checkpointBytes"), plan.checkpointBytes},
            {QStringLiteral("diskBytes"), plan.diskBytes},
            {QStringLiteral("lines"), lines},
            {QStringLiteral("canStart"), plan.canStart}};
}

}  // namespace athanor::model
