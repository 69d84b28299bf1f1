#include "plugins/layer/scale/scale.h"


namespace athanor::layer {

namespace {

class Scale final : public network::Layer {
public:
    explicit Scale(const network::LayerBuild &build) : m_factor(build.real("factor")) {}
    torch::Tensor forward(const torch::Tensor &x, network::Pass &) override { return x * m_factor; }

private:
    double m_factor = 1;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeScale(const network::LayerBuild &build)
{
    return std::make_shared<Scale>(build);
}

}  // namespace athanor::layer
