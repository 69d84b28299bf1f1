#include "core/network/model.h"

#include "core/network/model_builder.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>

namespace athanor::network {

namespace {

constexpr qint64 kLargestDimension = qint64(1) << 24;
constexpr uint64_t kDepthSite = 0x64657074'68000000u;  // of random numbers: the first branch's

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Result<Dimensions> dimensionsOf(const QJsonObject &architecture)
{
    const QJsonObject object = architecture.value(QLatin1String("dimensions")).toObject();
    const auto number = [&](const char *key) { return object.value(QLatin1String(key)).toInteger(0); };
    const Dimensions dimensions{number("vocabulary"), number("context"), number("width"), number("layers")};
    for (const int64_t value : {dimensions.vocabulary, dimensions.context, dimensions.width})
        if (value < 1 || value > kLargestDimension)
            return fail(ErrorCode::Corrupt,
                        tr("The architecture's dimensions are not usable (vocabulary %1, context %2, width %3).")
                            .arg(dimensions.vocabulary)
                            .arg(dimensions.context)
                            .arg(dimensions.width),
                        tr("Make the model again from its architecture."));
    return dimensions;
}

std::vector<NamedParameter> adapterTensors(const std::vector<NamedProjection> &projections)
{
    std::vector<NamedParameter> tensors;
    for (const NamedProjection &named : projections)
        for (const Adapter &adapter : named.projection->adapters()) {
            const std::string prefix = named.name + "." + adapter.name + ".";
            tensors.push_back({prefix + "lora_A", adapter.a, true});
            tensors.push_back({prefix + "lora_B", adapter.b, true});
            if (adapter.magnitude.defined())
                tensors.push_back({prefix + "magnitude", adapter.magnitude, false});
        }
    return tensors;
}

}  // namespace

Model::Model() = default;
Model::~Model() = default;

bool Model::hasEncoder() const { return !m_encoder.empty(); }
bool Model::hasLabelHead() const { return !m_labelHead.empty(); }

Result<std::shared_ptr<Model>> Model::build(plugin::Catalogue &plugins, const QJsonObject &architecture,
                                            const BuildOptions &options)
{
    std::shared_ptr<Model> model(new Model);
    model->m_architecture = architecture;
    model->m_options = options;
    ATHANOR_ASSIGN(model->m_dimensions, dimensionsOf(architecture));
    Builder builder{plugin::Registry<LayerPlugin>(plugins, QStringLiteral("layer")), *model};
    const plugin::Registry<InitializerPlugin> initializers(plugins, QStringLiteral("initializer"));
    if (!options.initializer.isEmpty()) {
        ATHANOR_ASSIGN(builder.initializer, initializers.get(options.initializer));
    }
    ATHANOR_TRY(builder.addEncoder(architecture.value(QLatin1String("encoder")).toObject()));
    ATHANOR_TRY(builder.addList(architecture.value(QLatin1String("layers")).toArray(), {}));
    ATHANOR_TRY(builder.finish());
    return model;
}

// Stochastic depth grows evenly from the first branch of a side to its last one.
void Model::setRegularisation(const Regularisation &regularisation)
{
    m_regularisation = regularisation;
    uint64_t site = kDepthSite;
    for (Nodes *nodes : {&m_encoder, &m_nodes}) {
        const auto branches = std::count_if(nodes->begin(), nodes->end(), [](const auto &node) { return node->residual; });
        int64_t number = 0;
        for (const auto &node : *nodes) {
            if (!node->residual)
                continue;
            node->leftOut = regularisation.stochasticDepth * double(++number) / double(branches);
            node->depthSite = site++;
        }
    }
}

int64_t Model::parameterCount() const
{
    int64_t count = 0;
    for (const NamedParameter &parameter : m_parameters)
        count += parameter.isBuffer ? 0 : parameter.value.numel();
    return count;
}

void Model::setTrainable(const std::function<bool(const NamedParameter &)> &learns)
{
    for (NamedParameter &parameter : m_parameters)
        parameter.value.requires_grad_(!parameter.isBuffer && learns(parameter));
}

std::vector<NamedParameter> Model::trainable() const
{
    std::vector<NamedParameter> all;
    for (const NamedParameter &parameter : m_parameters)
        if (parameter.value.requires_grad())
            all.push_back(parameter);
    for (NamedParameter &parameter : adapterTensors(m_projections))
        all.push_back(std::move(parameter));
    return all;
}

std::unique_ptr<Cache> Model::makeCache(int64_t batch, int64_t capacity) const
{
    return std::make_unique<Cache>(batch, capacity > 0 ? std::min(capacity, m_dimensions.context)
                                                       : m_dimensions.context);
}

void Model::clearGradients()
{
    for (NamedParameter &parameter : m_parameters)
        parameter.value.mutable_grad() = torch::Tensor();
    for (const NamedParameter &parameter : adapterTensors(m_projections))
        parameter.value.mutable_grad() = torch::Tensor();
}

}  // namespace athanor::network
