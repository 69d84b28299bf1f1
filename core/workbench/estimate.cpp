#include "core/workbench/estimate.h"

#include "core/base/atomic_file.h"
#include "core/base/graphics.h"
#include "core/interop/adapter_size.h"
#include "core/model/dimensions.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

namespace athanor::workbench {

namespace {

constexpr double kMostTokens = 1e18;
constexpr double kMemoryBytesPerSecond = 12e9;  // measured while generating, two cores: 11 to 20 (measurements.md)
constexpr qsizetype kMostExamples = 3;  // of records that teach nothing, in a line of the plan

// Half of the full rate is reached at about four million parameters (measured: 139 GFLOP/s at 4.3 M parameters, 255 at
// 13.9 M on two cores): small matrices leave the processor waiting.
constexpr double kHalfRateParameters = 4e6;
constexpr double kHalfRateParametersOfCard = 1e8;  // a guess: never measured on a card

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isOnCard(const QJsonObject &settings)
{
    return settings.value(QLatin1String("device")).toString().startsWith(QLatin1String("cuda"));
}

// The first card, and what is cautiously expected of its kind before anything was trained on it.
void placeOnCard(model::PlanInput &input, double parameters)
{
    input.isOnCard = true;
    const QList<GraphicsCard> cards = usableGraphicsCards();
    if (cards.isEmpty()) {
        const bool isBuiltIn = isBuiltWithCuda();
        input.cardProblem = isBuiltIn ? tr("no graphics card was found that can compute") : tr("this Athanor computes on the processor only: its LibTorch has no CUDA");
        input.cardAction = isBuiltIn ? tr("Look whether nvidia-smi lists one, or choose the processor.")
                                     : tr("Run ./installer/setup deps --cuda and ./installer/setup build --cuda, or choose the processor.");
        return;
    }
    const GraphicsCard &card = cards.first();
    input.cardName = card.name;
    input.cardMemoryBytes = card.memoryBytes;
    const double rate = card.computeCapability >= 9 ? 100e12 : card.computeCapability >= 8 ? 25e12 : 8e12;
    input.flopsPerSecond = (input.shape.bf16 ? rate : rate / 4) * parameters / (parameters + kHalfRateParametersOfCard);
}

double parametersOf(const plugin::Catalogue &plugins, const QJsonObject &architecture)
{
    const auto cost = model::account(plugins, architecture, {});
    return cost ? static_cast<double>(cost->parameters) : kHalfRateParameters;
}

}  // namespace

double shareOfFullRate(double parameters)
{
    return parameters / (parameters + kHalfRateParameters);
}

double guessedWritingSpeed(double parameters)
{
    return kMemoryBytesPerSecond / (std::max(1.0, parameters) * sizeof(float));
}

double guessedSpeed(const MachineFacts &machine, bool bf16)
{
    double perCore = 6e9;
    if (machine.hasMatrixUnit)
        perCore = bf16 ? 320e9 : 170e9;
    else if (machine.hasAvx512)
        perCore = bf16 && machine.prefersBf16() ? 180e9 : 110e9;
    else if (machine.hasAvx2)
        perCore = 50e9;
    return perCore * machine.coreCount;
}

AssumedSpeed assumedSpeed()
{
    const MachineFacts machine = machineFacts();
    return {guessedSpeed(machine, false), guessedSpeed(machine, true), kMemoryBytesPerSecond};
}

model::PlanInput planInput(const plugin::Catalogue &plugins, const QJsonObject &architecture, const QJsonObject &settings,
                           const QString &projectPath)
{
    model::PlanInput input;
    input.architecture = architecture;
    input.machine = machineFacts();
    input.freeDiskBytes = freeDiskBytes(projectPath);
    input.shape.batch = settings.value(QLatin1String("batch")).toInteger();
    input.shape.context = model::dimension(architecture, "context");
    const qint64 sequence = settings.value(QLatin1String("sequence")).toInteger();
    if (sequence > 0 && sequence < input.shape.context)
        input.shape.context = input.shape.sequence = sequence;
    input.shape.accumulation = settings.value(QLatin1String("accumulation")).toInteger(1);
    const QString precision = settings.value(QLatin1String("precision")).toString();
    const bool prefersBf16 = input.machine.prefersBf16() || isOnCard(settings);
    input.shape.bf16 = precision == QLatin1String("bf16") || (precision != QLatin1String("f32") && prefersBf16);
    input.shape.widensBf16 = !prefersBf16;
    input.shape.optimizer = settings.value(QLatin1String("optimizer")).toString();
    input.validationEvery = settings.value(QLatin1String("validation_every")).toInteger();
    input.checkpointing = settings.value(QLatin1String("activation_checkpointing")).toString(input.checkpointing);
    input.shape.settings = settings;
    input.keepCheckpoints = settings.value(QLatin1String("keep_checkpoints")).toDouble(input.keepCheckpoints);
    input.keepEverySteps = settings.value(QLatin1String("keep_every")).toDouble();
    input.tokensPerStep = static_cast<double>(input.shape.batch * input.shape.context) * settings.value(QLatin1String("accumulation")).toDouble(1);
    input.flopsPerSecond = guessedSpeed(input.machine, input.shape.bf16) * shareOfFullRate(parametersOf(plugins, architecture));
    if (isOnCard(settings))
        placeOnCard(input, parametersOf(plugins, architecture));
    return input;
}

void applyBudget(const QJsonObject &settings, model::PlanInput &input)
{
    const double budget = settings.value(QLatin1String("budget")).toDouble();
    const QString kind = settings.value(QLatin1String("budget_kind")).toString();
    const double rowsPerStep = static_cast<double>(input.shape.batch) * settings.value(QLatin1String("accumulation")).toDouble(1);
    const double tokensPerStep = input.measured ? input.measured->tokensPerStep : rowsPerStep * static_cast<double>(input.shape.context);
    if (kind == QLatin1String("time")) {
        input.secondsBudget = budget * 60;
        return;
    }
    double tokens = budget;
    if (kind == QLatin1String("passes"))
        tokens *= input.measured ? input.measured->tokensPerPass : static_cast<double>(input.trainTokens);
    else if (kind == QLatin1String("steps"))
        tokens *= tokensPerStep;
    input.tokensToTrain = static_cast<qint64>(std::min(tokens, kMostTokens));  // beyond it, no qint64 holds the number
}

Status applyFineTuning(const plugin::Catalogue &plugins, const RunRequest &request, model::PlanInput &input)
{
    ATHANOR_ASSIGN(const interop::LearnedSize size,
                   interop::learnedSize(plugins, input.architecture, request.adapter, request.learns));
    input.shape.learnedParameters = size.own;
    input.shape.adapterParameters = size.adapter;
    input.beginsTrained = !request.from.isEmpty();
    return {};
}

void applyRecords(const QJsonObject &summary, qint64 rowTokens, model::PlanInput &input)
{
    input.shape.context = input.shape.sequence = rowTokens;
    if (summary.isEmpty())
        return;
    const auto count = [&](const char *key) { return summary.value(QLatin1String(key)).toInteger(); };
    input.trainRecords = count("teaching");
    input.silentRecords = count("teachNothing");
    input.truncatedRecords = count("truncatedRecords");
    input.trainTokens = count("tokens");
    for (const QJsonValue &value : summary.value(QLatin1String("examples")).toArray()) {
        const QJsonObject example = value.toObject();
        if (input.silentExamples.size() < kMostExamples)
            input.silentExamples += tr("%1 (%2)").arg(example.value(QLatin1String("path")).toString(), example.value(QLatin1String("reason")).toString());
    }
}

std::optional<double> measuredSpeed(const project::Project &project, const plugin::Catalogue &plugins,
                                    const QJsonObject &architecture, const model::TrainingShape &shape, bool onCard)
{
    const auto runs = project.runs();
    if (!runs)
        return std::nullopt;
    for (const project::Run &run : *runs) {
        if (!(run.seconds > 1) || run.tokens <= 0 || isOnCard(run.parameters.value(QLatin1String("settings")).toObject()) != onCard)
            continue;
        const auto cost = model::account(plugins, run.parameters.value(QLatin1String("architecture")).toObject(), shape);
        if (!cost)
            continue;
        const double reached = cost->flopsPerTokenTraining * static_cast<double>(run.tokens) / run.seconds;
        return reached * shareOfFullRate(parametersOf(plugins, architecture))
               / shareOfFullRate(static_cast<double>(cost->parameters));
    }
    return std::nullopt;
}

Result<model::Plan> planOf(const project::Project &project, const plugin::Catalogue &plugins, const QJsonObject &settings,
                           model::PlanInput input)
{
    applyBudget(settings, input);
    if (const auto speed = measuredSpeed(project, plugins, input.architecture, input.shape, input.isOnCard)) {
        input.flopsPerSecond = *speed;
        input.speedIsOfWholeRuns = true;
    }
    return model::plan(plugins, input);
}

}  // namespace athanor::workbench
