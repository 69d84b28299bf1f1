#include "plugins/layer/token_types/token_types.h"

#include "core/tensor/embedding.h"

namespace athanor::layer {

namespace {

class TokenTypes final : public network::Layer {
public:
    explicit TokenTypes(const network::LayerBuild &build)
    {
        m_weight = addParameter("weight", build.normal("weight", {build.integer("types"), build.dimensions.width},
                                                             build.real("initial_deviation")));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor types =
            pass.tokenTypes.defined() ? pass.tokenTypes
                                      : torch::zeros({x.size(0), x.size(1)}, at::TensorOptions(at::kLong).device(x.device()));
        return x + tensor::embedding(types, m_weight).to(x.scalar_type());  // (B, T, C)
    }

private:
    torch::Tensor m_weight;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeTokenTypes(const network::LayerBuild &build)
{
    return std::make_shared<TokenTypes>(build);
}

}  // namespace athanor::layer
