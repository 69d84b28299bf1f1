#include "plugins/layer/head/head.h"

#include "core/tensor/linear.h"

#include <QCoreApplication>

namespace athanor::layer {

namespace {

class Head final : public network::Layer {
public:
    Head(const torch::Tensor &weight, bool isOwn) : m_weight(weight)
    {
        if (isOwn)
            m_weight = register_parameter("weight", weight);
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &) override
    {
        return tensor::linear(x, m_weight);  // (…, V)
    }
    torch::Tensor headWeight() const override { return m_weight; }

private:
    torch::Tensor m_weight;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeHead(const network::LayerBuild &build)
{
    const auto &d = build.dimensions;
    if (!build.flag("tied"))
        return std::make_shared<Head>(
            build.normal("weight", {d.vocabulary, d.width}, build.real("initial_deviation")), true);
    const auto found = build.shared ? build.shared->find("token_embedding") : decltype(build.shared->end()){};
    if (!build.shared || found == build.shared->end())
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "The head shares the embedding's weights, but no token "
                                                           "embedding stands before it."),
                    QCoreApplication::translate("athanor", "Add a token embedding, or give the head its own weights."));
    return std::make_shared<Head>(found->second, false);
}

}  // namespace athanor::layer
