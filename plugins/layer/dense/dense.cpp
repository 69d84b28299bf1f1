#include "plugins/layer/dense/dense.h"

#include "core/tensor/activation.h"

#include <cmath>

namespace athanor::layer {

namespace {

tensor::Activation activationOf(const QString &name)
{
    static const std::map<QString, tensor::Activation> known{
        {QStringLiteral("gelu_tanh"), tensor::Activation::GeluTanh}, {QStringLiteral("gelu"), tensor::Activation::Gelu},
        {QStringLiteral("relu"), tensor::Activation::Relu},          {QStringLiteral("silu"), tensor::Activation::Silu},
        {QStringLiteral("tanh"), tensor::Activation::Tanh}};
    const auto found = known.find(name);
    return found == known.end() ? tensor::Activation::None : found->second;
}

class Dense final : public network::Layer {
public:
    explicit Dense(const network::LayerBuild &build)
        : m_pool(build.text("pool")), m_activation(activationOf(build.text("activation")))
    {
        const int64_t c = build.dimensions.width, outputs = build.integer("outputs");
        m_matrix.create(*this, build, {}, outputs > 0 ? outputs : c, c, build.real("initial_deviation"), build.flag("bias"));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        return tensor::activated(m_matrix.forward(pooled(x, pass), pass), m_activation);
    }

private:
    // x (B, T, C) to (B, C) of the tokens that are not padding.
    torch::Tensor pooled(const torch::Tensor &x, const network::Pass &pass) const
    {
        if (m_pool == QLatin1String("none"))
            return x;
        if (m_pool == QLatin1String("first"))
            return x.select(1, 0);
        const auto options = at::TensorOptions(at::kFloat).device(x.device());
        const torch::Tensor real = pass.segments.defined() ? pass.segments.ge(0).to(at::kFloat)
                                                           : torch::ones({x.size(0), x.size(1)}, options);
        if (m_pool == QLatin1String("mean"))
            return ((x.to(at::kFloat) * real.unsqueeze(2)).sum(1) / real.sum(1, true).clamp_min(1)).to(x.scalar_type());
        const torch::Tensor places = (real * torch::arange(1, x.size(1) + 1, options)).argmax(1);  // the last one
        return x.gather(1, places.view({-1, 1, 1}).expand({x.size(0), 1, x.size(2)})).squeeze(1);
    }

    network::Projection m_matrix;
    QString m_pool;
    tensor::Activation m_activation;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeDense(const network::LayerBuild &build)
{
    return std::make_shared<Dense>(build);
}

}  // namespace athanor::layer
