// Role: what an architecture costs, from the formulas of its layers. N parameters, L layers, C channels, T time.
#include "core/model/dimensions.h"
#include "core/model/rules_of_thumb.h"
#include "core/model/training_memory.h"
#include "core/model/walk.h"

#include <cmath>
#include <numeric>

namespace athanor::model {

namespace {

constexpr double kLibraryBytes = 250e6;          // LibTorch, Qt, buffers of the BLAS, while generating
constexpr double kUsualStateBytes = 8;           // two f32 moments, as AdamW keeps
constexpr double kMeanBytes = 4;                 // of a weight, f32
constexpr double kLargest = 9e18;                // what a qint64 holds

qint64 whole(double value)
{
    return static_cast<qint64>(std::llround(std::min(value, kLargest)));
}

struct Sums {
    double flops = 0;           // forward, per token, context full
    double trainingFlops = 0;   // forward, per token of a row
    double cacheBytes = 0;      // keys and values, per token
    double optimizerBytes = 0;  // what the optimizer remembers
};

PartCost &partNamed(QList<PartCost> &parts, const QString &name)
{
    for (PartCost &part : parts)
        if (part.name == name)
            return part;
    parts.append({name, 0});
    return parts.back();
}

/// Bytes that the optimizer remembers of a weight, from the formula in its plugin.json.
class OptimizerCost {
public:
    OptimizerCost(const plugin::Catalogue &plugins, const TrainingShape &shape, const QJsonObject &architecture)
        : m_plugin(plugins.find(shape.optimizer))
    {
        if (!m_plugin)
            return;
        QJsonObject own = m_plugin->parameters.defaults();
        for (const QString &key : own.keys())
            if (shape.settings.contains(key))
                own.insert(key, shape.settings.value(key));
        addNames(m_names, m_plugin->parameters, own);
        m_names.insert(QStringLiteral("width"), static_cast<double>(dimension(architecture, "width")));
    }
    Result<double> bytesPerWeight(bool isInside) const
    {
        if (!m_plugin || !m_plugin->all.contains(QLatin1String("cost")))
            return kUsualStateBytes;
        Names names = m_names;
        names.insert(QStringLiteral("hidden"), isInside ? 1 : 0);
        return costOf(*m_plugin, "state_bytes_per_weight", names);
    }

private:
    const plugin::Metadata *m_plugin;
    Names m_names;
};

/// A mean of what learns is kept, f32.
bool keepsMean(const QJsonObject &settings)
{
    const QString averaging = settings.value(QLatin1String("averaging")).toString();
    return !averaging.isEmpty() && averaging != QLatin1String("none");
}

// Of the backward pass: gradients of what flows through always, of the weights for those that learn.
double backwardPasses(const TrainingShape &shape, double parameters)
{
    return shape.learnedParameters < 0 || parameters <= 0 ? 2 : 1 + std::min(1.0, double(shape.learnedParameters) / parameters);
}

void addActivations(const LayerUse &layer, double flops, double bytes, TrainingNumbers &numbers)
{
    const auto times = static_cast<double>(layer.times);
    if (layer.repetition < 0) {
        numbers.outerBytes += times * bytes;
        return;
    }
    const auto index = static_cast<size_t>(layer.repetition);
    numbers.blocks.resize(std::max(numbers.blocks.size(), index + 1));
    Blocks &blocks = numbers.blocks[index];
    blocks.rounds = static_cast<double>(layer.rounds);
    blocks.flops += times / blocks.rounds * flops;
    blocks.activationBytes += times / blocks.rounds * bytes;
}

// Forward, backward, and forward once more for blocks that run twice.
double trainingFlops(const TrainingNumbers &numbers, const TrainingShape &shape, double forward)
{
    double flops = forward * (1 + backwardPasses(shape, numbers.parameters));
    auto left = static_cast<double>(shape.recomputedBlocks);
    for (const Blocks &blocks : numbers.blocks) {
        const double twice = std::min(left, blocks.rounds);
        left -= twice;
        flops += twice * blocks.flops;
    }
    return flops;
}

TrainingNumbers numbersOf(const QJsonObject &architecture, qint64 rowTokens)
{
    const auto of = [&](const char *key) { return static_cast<double>(dimension(architecture, key)); };
    TrainingNumbers numbers;
    numbers.headNumbers = of("vocabulary") * of("width");
    numbers.logitsPerRow = of("vocabulary");
    numbers.width = of("width");
    numbers.rowTokens = static_cast<double>(rowTokens);
    numbers.context = of("context");
    return numbers;
}

// The same layers on shorter rows.
QJsonObject withContext(QJsonObject architecture, qint64 context)
{
    QJsonObject dimensions = architecture.value(QLatin1String("dimensions")).toObject();
    dimensions.insert(QStringLiteral("context"), context);
    architecture.insert(QStringLiteral("dimensions"), dimensions);
    return architecture;
}

}  // namespace

Result<Accounting> account(const plugin::Catalogue &plugins, const QJsonObject &architecture, const TrainingShape &shape)
{
    ATHANOR_ASSIGN(const std::vector<LayerUse> layers, walkLayers(plugins, architecture));
    const qint64 room = dimension(architecture, "context");
    const qint64 row = shape.sequence > 0 ? std::min(shape.sequence, room) : room;
    ATHANOR_ASSIGN(const std::vector<LayerUse> shorter, walkLayers(plugins, withContext(architecture, row)));
    const double bytes = shape.bf16 ? 2 : 4;
    Accounting result;
    Sums sums;
    TrainingNumbers training = numbersOf(architecture, row);
    const OptimizerCost optimizer(plugins, shape, architecture);
    for (size_t index = 0; index < layers.size(); ++index) {
        const LayerUse &layer = layers[index];
        const auto times = static_cast<double>(layer.times);
        ATHANOR_ASSIGN(const double parameters, cost(layer, "parameters", bytes));
        ATHANOR_ASSIGN(const double flops, cost(layer, "flops_per_token", bytes));
        ATHANOR_ASSIGN(const double trainFlops, cost(shorter[index], "flops_per_token", bytes));
        ATHANOR_ASSIGN(const double activations, cost(shorter[index], "activation_bytes_per_token", bytes));
        ATHANOR_ASSIGN(const double cache, cost(layer, "kv_bytes_per_token", bytes));
        ATHANOR_ASSIGN(const double remembered, optimizer.bytesPerWeight(layer.isInside));
        training.parameters += times * parameters;
        sums.optimizerBytes += times * parameters * remembered;
        sums.flops += times * flops;
        sums.trainingFlops += times * trainFlops;
        sums.cacheBytes += times * cache;
        addActivations(layer, trainFlops, activations, training);
        const QString part = layer.plugin->all.value(QLatin1String("cost")).toObject().value(QLatin1String("part")).toString();
        partNamed(result.parts, part.isEmpty() ? layer.plugin->title : part).parameters += whole(times * parameters);
    }
    const auto context = static_cast<double>(dimension(architecture, "context"));
    result.parameters = whole(training.parameters);
    result.flopsPerTokenTraining = trainingFlops(training, shape, sums.trainingFlops);
    result.flopsPerTokenGenerating = sums.flops;
    result.optimizerBytesPerWeight = training.parameters > 0 ? sums.optimizerBytes / training.parameters : kUsualStateBytes;
    result.optimizerBytesPerWeight += keepsMean(shape.settings) ? kMeanBytes : 0;
    training.stateBytesPerParameter = result.optimizerBytesPerWeight;
    result.memory = trainingMemory(training, shape);
    result.trainingBytes = whole(std::accumulate(result.memory.begin(), result.memory.end(), 0.0,
                                                 [](double sum, const MemoryPart &part) { return sum + part.bytes; }));
    result.cacheBytesPerToken = sums.cacheBytes;
    result.generatingBytes = whole(training.parameters * bytes + sums.cacheBytes * context + kLibraryBytes);
    result.suitableTokens = whole(kTokensPerParameter * training.parameters);
    for (const Blocks &blocks : training.blocks)
        result.blocks += whole(blocks.rounds);
    return result;
}

QJsonObject toJson(const Accounting &accounting)
{
    QJsonArray parts;
    for (const PartCost &part : accounting.parts)
        parts.append(QJsonObject{{QStringLiteral("name"), part.name}, {QStringLiteral("parameters"), part.parameters}});
    QJsonArray memory;
    for (const MemoryPart &part : accounting.memory)
        memory.append(QJsonObject{{QStringLiteral("name"), part.name}, {QStringLiteral("bytes"), part.bytes}});
    return {{QStringLiteral("parameters"), accounting.parameters},
            {QStringLiteral("flopsPerTokenTraining"), accounting.flopsPerTokenTraining},
            {QStringLiteral("flopsPerTokenGenerating"), accounting.flopsPerTokenGenerating},
            {QStringLiteral("trainingBytes"), accounting.trainingBytes},
            {QStringLiteral("generatingBytes"), accounting.generatingBytes},
            {QStringLiteral("suitableTokens"), accounting.suitableTokens},
            {QStringLiteral("blocks"), accounting.blocks},
            {QStringLiteral("memory"), memory},
            {QStringLiteral("parts"), parts}};
}

}  // namespace athanor::model
