#include "plugins/layer/learned_positions/learned_positions.h"

#include "core/tensor/embedding.h"

namespace athanor::layer {

namespace {

class LearnedPositions final : public network::Layer {
public:
    explicit LearnedPositions(const network::LayerBuild &build) : m_offset(build.integer("offset"))
    {
        const auto &d = build.dimensions;
        m_weight = addParameter(
            "weight", build.normal("weight", {d.context + m_offset, d.width}, build.real("initial_deviation")));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        if (pass.positions.defined())
            return x + tensor::embedding(pass.positions + m_offset, m_weight).to(x.scalar_type());
        const torch::Tensor places = m_weight.narrow(0, pass.position + m_offset, x.size(1));  // (T, C)
        return x + places.to(x.scalar_type());                                      // (B, T, C)
    }

private:
    torch::Tensor m_weight;
    int64_t m_offset = 0;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeLearnedPositions(const network::LayerBuild &build)
{
    return std::make_shared<LearnedPositions>(build);
}

}  // namespace athanor::layer
