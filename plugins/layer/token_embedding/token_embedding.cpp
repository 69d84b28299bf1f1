#include "plugins/layer/token_embedding/token_embedding.h"

#include "core/tensor/embedding.h"

#include <QCoreApplication>

namespace athanor::layer {

namespace {

class TokenEmbedding final : public network::Layer {
public:
    explicit TokenEmbedding(const network::LayerBuild &build)
    {
        const auto &d = build.dimensions;
        if (build.flag("shared")) {
            m_weight = build.shared->at("token_embedding");
            return;
        }
        m_weight = addParameter(
            "weight", build.normal("weight", {d.vocabulary, d.width}, build.real("initial_deviation")));
        if (build.shared)
            (*build.shared)["token_embedding"] = m_weight;
    }
    torch::Tensor forward(const torch::Tensor &ids, network::Pass &) override
    {
        return tensor::embedding(ids, m_weight);  // (B, T, C)
    }

private:
    torch::Tensor m_weight;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeTokenEmbedding(const network::LayerBuild &build)
{
    if (build.flag("shared") && (!build.shared || !build.shared->count("token_embedding")))
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "An embedding shares the table of another, but none stands before it."),
                    QCoreApplication::translate("athanor", "Give it a table of its own."));
    return std::make_shared<TokenEmbedding>(build);
}

}  // namespace athanor::layer
