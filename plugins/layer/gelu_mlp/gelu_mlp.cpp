#include "plugins/layer/gelu_mlp/gelu_mlp.h"

#include "core/tensor/activation.h"
#include "core/tensor/linear.h"

namespace athanor::layer {

namespace {

class GeluMlp final : public network::Layer {
public:
    GeluMlp(const network::LayerBuild &build, int64_t f) : m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width;
        const double deviation = build.real("initial_deviation");
        m_up = register_parameter("up_weight", build.normal("up_weight", {f, c}, deviation));
        m_down = register_parameter(
            "down_weight", build.normal("down_weight", {c, f}, network::branchDeviation(deviation, build.dimensions)));
        if (build.flag("bias")) {
            m_upBias = register_parameter("up_bias", build.constant({f}, 0));
            m_downBias = register_parameter("down_bias", build.constant({c}, 0));
        }
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor inner = tensor::gelu(tensor::linear(x, m_up, m_upBias));  // (B, T, F)
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
    return given > 0 ? given : 4 * build.dimensions.width;
}

}  // namespace

Result<std::shared_ptr<network::Layer>> makeGeluMlp(const network::LayerBuild &build)
{
    return std::make_shared<GeluMlp>(build, innerWidth(build));
}

}  // namespace athanor::layer
