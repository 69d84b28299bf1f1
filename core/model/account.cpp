// Role: what an architecture costs, from the formulas of its layers. N parameters, L layers, C channels, T time.
#include "core/model/architecture.h"
#include "core/model/walk.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::model {

namespace {

constexpr double kLibraryBytes = 250e6;          // LibTorch, Qt, buffers of the BLAS: measured on a bare worker
constexpr double kLogitsChunkBytes = 24.0 * (1 << 20);
constexpr double kLeastLogitsRows = 128;
constexpr double kUsualStateBytes = 8;           // two f32 moments, as AdamW keeps
constexpr double kTokensPerParameter = 20;       // Hoffmann et al. 2022
constexpr double kLargest = 9e18;                // what a qint64 holds

qint64 whole(double value)
{
    return static_cast<qint64>(std::llround(std::min(value, kLargest)));
}

struct Sums {
    double parameters = 0;
    double flops = 0;            // forward, per token, context full
    double activationBytes = 0;  // per token
    double cacheBytes = 0;       // keys and values, per token
    double optimizerBytes = 0;   // what the optimizer remembers
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

// Weights and gradients in the model's format; masters of bf16 weights in f32.
double stateBytesPerParameter(const TrainingShape &shape, double optimizerBytes)
{
    const double weightsAndGradients = shape.bf16 ? 2 + 4 + 2 : 4 + 4;
    return weightsAndGradients + optimizerBytes;
}

double stateBytes(const TrainingShape &shape, double parameters, double optimizerBytes)
{
    const double learned = shape.learnedParameters < 0 ? parameters : std::min(parameters, double(shape.learnedParameters));
    const double resting = (parameters - learned) * (shape.bf16 ? 2 : 4);
    const double adapters = static_cast<double>(shape.adapterParameters) * (4 + 4 + optimizerBytes);
    return learned * stateBytesPerParameter(shape, optimizerBytes) + resting + adapters;
}

// Of the backward pass: gradients of what flows through always, of the weights for those that learn.
double backwardPasses(const TrainingShape &shape, double parameters)
{
    return shape.learnedParameters < 0 || parameters <= 0 ? 2 : 1 + std::min(1.0, double(shape.learnedParameters) / parameters);
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
    double trainingFlops = 0;
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
        sums.parameters += times * parameters;
        sums.optimizerBytes += times * parameters * remembered;
        sums.flops += times * flops;
        trainingFlops += times * trainFlops;
        sums.activationBytes += times * activations;
        sums.cacheBytes += times * cache;
        const QString part = layer.plugin->all.value(QLatin1String("cost")).toObject().value(QLatin1String("part")).toString();
        partNamed(result.parts, part.isEmpty() ? layer.plugin->title : part).parameters += whole(times * parameters);
    }
    const auto context = static_cast<double>(dimension(architecture, "context"));
    const auto vocabulary = static_cast<double>(dimension(architecture, "vocabulary"));
    const double tokens = static_cast<double>(std::max<qint64>(1, shape.batch)) * static_cast<double>(row);
    const double logits = 2 * std::max(kLogitsChunkBytes, kLeastLogitsRows * vocabulary * bytes);
    result.parameters = whole(sums.parameters);
    result.optimizerBytesPerWeight = sums.parameters > 0 ? sums.optimizerBytes / sums.parameters : kUsualStateBytes;
    result.flopsPerTokenTraining = trainingFlops * (1 + backwardPasses(shape, sums.parameters));
    result.flopsPerTokenGenerating = sums.flops;
    result.trainingBytes = whole(stateBytes(shape, sums.parameters, result.optimizerBytesPerWeight) + sums.activationBytes * tokens + logits + kLibraryBytes);
    result.cacheBytesPerToken = sums.cacheBytes;
    result.generatingBytes = whole(sums.parameters * bytes + sums.cacheBytes * context + kLibraryBytes);
    result.suitableTokens = whole(kTokensPerParameter * sums.parameters);
    return result;
}

QJsonObject toJson(const Accounting &accounting)
{
    QJsonArray parts;
    for (const PartCost &part : accounting.parts)
        parts.append(QJsonObject{{QStringLiteral("name"), part.name}, {QStringLiteral("parameters"), part.parameters}});
    return {{QStringLiteral("parameters"), accounting.parameters},
            {QStringLiteral("flopsPerTokenTraining"), accounting.flopsPerTokenTraining},
            {QStringLiteral("flopsPerTokenGenerating"), accounting.flopsPerTokenGenerating},
            {QStringLiteral("trainingBytes"), accounting.trainingBytes},
            {QStringLiteral("generatingBytes"), accounting.generatingBytes},
            {QStringLiteral("suitableTokens"), accounting.suitableTokens},
            {QStringLiteral("parts"), parts}};
}

}  // namespace athanor::model
