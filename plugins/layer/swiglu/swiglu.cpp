#include "plugins/layer/swiglu/swiglu.h"

#include "core/tensor/activation.h"
#include "core/tensor/linear.h"

namespace athanor::layer {

namespace {

class Swiglu final : public network::Layer {
public:
    Swiglu(const network::LayerBuild &build, int64_t f) : m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width;
        const double deviation = build.real("initial_deviation");
        m_up = register_parameter("gate_up_weight", build.normal("gate_up_weight", {2 * f, c}, deviation));
        m_down = register_parameter(
            "down_weight", build.normal("down_weight", {c, f}, network::branchDeviation(deviation, build.dimensions)));
        if (build.flag("bias")) {
            m_upBias = register_parameter("gate_up_bias", build.constant({2 * f}, 0));
            m_downBias = register_parameter("down_bias", build.constant({c}, 0));
        }
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor inner = tensor::swiglu(tensor::linear(x, m_up, m_upBias));  // (B, T, F)
        const torch::Tensor y = tensor::linear(inner, m_down, m_downBias);            // (B, T, C)
        return pass.training ? tensor::dropout(y, m_dropout, pass.nextRandom()) : y;
    }

private:
    torch::Tensor m_up, m_upBias, m_down, m_downBias;
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
