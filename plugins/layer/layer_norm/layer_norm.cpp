#include "plugins/layer/layer_norm/layer_norm.h"

#include "core/tensor/norm.h"

namespace athanor::layer {

namespace {

class LayerNorm final : public network::Layer {
public:
    explicit LayerNorm(const network::LayerBuild &build) : m_settings{tensor::NormKind::Layer, build.real("epsilon")}
    {
        const int64_t c = build.dimensions.width;
        m_weight = addParameter("weight", build.constant({c}, 1));
        if (build.flag("bias"))
            m_bias = addParameter("bias", build.constant({c}, 0));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        return forwardAfterAdd(x, {}, pass).second;
    }
    std::pair<torch::Tensor, torch::Tensor> forwardAfterAdd(const torch::Tensor &x, const torch::Tensor &delta,
                                                            network::Pass &) override
    {
        return tensor::addNorm(x.to(at::kFloat), delta, m_weight, m_bias, m_settings);
    }

private:
    torch::Tensor m_weight;
    torch::Tensor m_bias;
    tensor::NormSettings m_settings;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeLayerNorm(const network::LayerBuild &build)
{
    return std::make_shared<LayerNorm>(build);
}

}  // namespace athanor::layer
