#include "plugins/layer/swiglu/swiglu.h"

#include "core/network/observer.h"
#include "core/tensor/activation.h"

namespace athanor::layer {

namespace {

tensor::Activation gateOf(const QString &name)
{
    return name == QLatin1String("gelu")        ? tensor::Activation::Gelu
           : name == QLatin1String("gelu_tanh") ? tensor::Activation::GeluTanh
           : name == QLatin1String("relu")      ? tensor::Activation::Relu
                                                : tensor::Activation::Silu;
}

class Swiglu final : public network::Layer {
public:
    Swiglu(const network::LayerBuild &build, int64_t f)
        : m_gate(gateOf(build.text("gate"))), m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width;
        const double deviation = build.real("initial_deviation");
        m_up.create(*this, build, "gate_up", 2 * f, c, deviation, false);
        m_down.create(*this, build, "down", c, f, network::branchDeviation(deviation, build.dimensions), false);
        if (build.flag("bias")) {
            m_up.createBias(*this, build);
            m_down.createBias(*this, build);
        }
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor up = m_up.forward(x, pass);  // (B, T, 2·F)
        if (network::PassObserver *observer = network::PassObserver::current())
            observer->units(tensor::activated(up.narrow(-1, 0, up.size(-1) / 2).contiguous(), m_gate));
        const torch::Tensor inner = tensor::gated(up, m_gate);  // (B, T, F)
        const torch::Tensor y = m_down.forward(inner, pass);  // (B, T, C)
        return pass.training ? tensor::dropout(y, m_dropout, pass.nextRandom()) : y;
    }

private:
    network::Projection m_up, m_down;
    tensor::Activation m_gate;
    double m_dropout = 0;
};

int64_t innerWidth(const network::LayerBuild &build)
{
    const int64_t given = build.integer("hidden");
    return given > 0 ? given : (8 * build.dimensions.width + 191) / 192 * 64;
}

}  // namespace

Result<std::shared_ptr<network::Layer>> makeSwiglu(const network::LayerBuild &build)
{
    return std::make_shared<Swiglu>(build, innerWidth(build));
}

}  // namespace athanor::layer
