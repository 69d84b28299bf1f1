#include "core/network/model.h"

#include "core/network/model_builder.h"
#include "core/tensor/guard.h"
#include "core/tensor/linear_cross_entropy.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::network {

namespace {

constexpr qint64 kLargestDimension = qint64(1) << 24;

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

}  // namespace

Model::Model() = default;
Model::~Model() = default;

Result<std::shared_ptr<Model>> Model::build(plugin::Catalogue &plugins, const QJsonObject &architecture,
                                            const BuildOptions &options)
{
    std::shared_ptr<Model> model(new Model);
    model->m_architecture = architecture;
    model->m_options = options;
    ATHANOR_ASSIGN(model->m_dimensions, dimensionsOf(architecture));
    Builder builder{plugin::Registry<LayerPlugin>(plugins, QStringLiteral("layer")), *model};
    ATHANOR_TRY(builder.addList(architecture.value(QLatin1String("layers")).toArray(), {}));
    ATHANOR_TRY(builder.finish());
    return model;
}

int64_t Model::parameterCount() const
{
    int64_t count = 0;
    for (const NamedParameter &parameter : m_parameters)
        count += parameter.value.numel();
    return count;
}

// The sum of stream and branch stays pending until the next layer, which may add and work in one sweep.
torch::Tensor Model::run(const torch::Tensor &ids, Pass &pass) const
{
    checkIds(ids, pass);
    torch::Tensor stream = ids, pending;
    for (const auto &node : m_nodes) {
        torch::Tensor y;
        if (pending.defined())
            std::tie(stream, y) = node->layers.front()->forwardAfterAdd(stream, pending, pass);
        else
            y = node->layers.front()->forward(stream, pass);
        for (size_t index = 1; index < node->layers.size(); ++index)
            y = node->layers[index]->forward(y, pass);
        pending = node->residual ? y : torch::Tensor();
        if (!node->residual)
            stream = y;
    }
    if (pending.defined())
        stream = stream + pending;
    return stream.to(m_options.dtype);
}

void Model::checkIds(const torch::Tensor &ids, const Pass &pass) const
{
    TORCH_CHECK(ids.dim() == 2 && ids.scalar_type() == at::kLong && ids.numel() > 0, "ids must be (B, T) int64");
    TORCH_CHECK(pass.position + ids.size(1) <= m_dimensions.context, "the text has more than the model's ",
                m_dimensions.context, " tokens of context");
    if (pass.cache)
        TORCH_CHECK(pass.cache->batch() == ids.size(0) && pass.position + ids.size(1) <= pass.cache->capacity(),
                    "the cache does not fit these ids");
}

Result<torch::Tensor> Model::hidden(const torch::Tensor &ids, Pass &pass)
{
    return tensor::guarded(tr("running the model"), [&] { return run(ids, pass); });
}

Result<torch::Tensor> Model::logits(const torch::Tensor &ids, Cache *cache)
{
    return tensor::guarded(tr("running the model"), [&] {
        torch::NoGradGuard noGradients;
        Pass pass;
        pass.cache = cache;
        pass.position = cache ? cache->position() : 0;
        torch::Tensor x = run(ids, pass);  // (B, T, C)
        torch::Tensor y = m_head->forward(x, pass).to(at::kFloat);
        if (cache)
            cache->advance(ids.size(1));
        return y;
    });
}

Result<torch::Tensor> Model::lastLogits(const torch::Tensor &ids, Cache &cache)
{
    return tensor::guarded(tr("running the model"), [&] {
        torch::NoGradGuard noGradients;
        Pass pass;
        pass.cache = &cache;
        pass.position = cache.position();
        torch::Tensor last = run(ids, pass).select(1, ids.size(1) - 1).contiguous();  // (B, C)
        torch::Tensor y = m_head->forward(last, pass).to(at::kFloat);
        cache.advance(ids.size(1));
        return y;
    });
}

Result<torch::Tensor> Model::loss(const torch::Tensor &ids, const torch::Tensor &targets, Pass &pass)
{
    return tensor::guarded(tr("running the model"), [&] {
        return tensor::linearCrossEntropy(run(ids, pass).flatten(0, 1), m_head->headWeight(), targets.flatten());
    });
}

Result<torch::Tensor> Model::perTokenLoss(const torch::Tensor &ids, const torch::Tensor &targets)
{
    return tensor::guarded(tr("evaluating the model"), [&] {
        torch::NoGradGuard noGradients;
        Pass pass;
        return tensor::perTokenCrossEntropy(run(ids, pass).flatten(0, 1), m_head->headWeight(), targets.flatten())
            .view(targets.sizes());
    });
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
}

}  // namespace athanor::network
