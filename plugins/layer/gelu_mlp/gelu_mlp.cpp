#include "plugins/layer/gelu_mlp/gelu_mlp.h"

#include "core/network/observer.h"
#include "core/tensor/activation.h"

namespace athanor::layer {

namespace {

tensor::Activation activationOf(const QString &name)
{
    return name == QLatin1String("gelu")   ? tensor::Activation::Gelu
           : name == QLatin1String("relu") ? tensor::Activation::Relu
           : name == QLatin1String("silu") ? tensor::Activation::Silu
                                           : tensor::Activation::GeluTanh;
}

class GeluMlp final : public network::Layer {
public:
    GeluMlp(const network::LayerBuild &build, int64_t f)
        : m_activation(activationOf(build.text("activation"))), m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width;
        const double deviation = build.real("initial_deviation");
        m_up.create(*this, build, "up", f, c, deviation, false);
        m_down.create(*this, build, "down", c, f, network::branchDeviation(deviation, build.dimensions), false);
        if (build.flag("bias")) {
            m_up.createBias(*this, build);
            m_down.createBias(*this, build);
        }
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor inner = tensor::activated(m_up.forward(x, pass), m_activation);  // (B, T, F)
        if (network::PassObserver *observer = network::PassObserver::current())
            observer->units(inner);
        const torch::Tensor y = m_down.forward(inner, pass);  // (B, T, C)
        return pass.training ? tensor::dropout(y, m_dropout, pass.nextRandom()) : y;
    }

private:
    network::Projection m_up, m_down;
    tensor::Activation m_activation;
    double m_dropout = 0;
};

int64_t innerWidth(const network::LayerBuild &build)
{
    const int64_t given = build.integer("hidden");
    return given > 0 ? given : 4 * build.dimensions.width;
}

}  // namespace

Result<std::shared_ptr<network::Layer>> makeGeluMlp(const network::LayerBuild &build)
{
    return std::make_shared<GeluMlp>(build, innerWidth(build));
}

}  // namespace athanor::layer
