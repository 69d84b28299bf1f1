#include "plugins/layer/rms_norm/rms_norm.h"

#include "core/tensor/norm.h"

namespace athanor::layer {

namespace {

class RmsNorm final : public network::Layer {
public:
    explicit RmsNorm(const network::LayerBuild &build) : m_settings{tensor::NormKind::Rms, build.real("epsilon")}
    {
        const int64_t c = build.dimensions.width;
        m_weight = addParameter("weight", build.constant({c}, 1));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        return forwardAfterAdd(x, {}, pass).second;
    }
    std::pair<torch::Tensor, torch::Tensor> forwardAfterAdd(const torch::Tensor &x, const torch::Tensor &delta,
                                                            network::Pass &) override
    {
        return tensor::addNorm(x.to(at::kFloat), delta, m_weight, {}, m_settings);
    }

private:
    torch::Tensor m_weight;
    tensor::NormSettings m_settings;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeRmsNorm(const network::LayerBuild &build)
{
    return std::make_shared<RmsNorm>(build);
}

}  // namespace athanor::layer
