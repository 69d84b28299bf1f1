#include "plugins/layer/head/head.h"

#include <QCoreApplication>

namespace athanor::layer {

namespace {

class Head final : public network::Layer {
public:
    // `shared` undefined: a matrix of its own.
    Head(const network::LayerBuild &build, const torch::Tensor &shared)
    {
        const auto &d = build.dimensions;
        if (shared.defined())
            m_matrix.share(*this, {}, shared);
        else
            m_matrix.create(*this, build, {}, d.vocabulary, d.width, build.real("initial_deviation"), false);
        if (build.flag("bias"))
            m_matrix.createBias(*this, build);
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        return m_matrix.forward(x, pass);  // (…, V)
    }
    torch::Tensor headWeight() const override
    {
        TORCH_CHECK(!m_matrix.quantised(), "weights that were made smaller are for writing text: no loss is measured with them");
        return m_matrix.effectiveWeight();
    }
    torch::Tensor headBias() const override { return m_matrix.bias(); }

private:
    network::Projection m_matrix;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeHead(const network::LayerBuild &build)
{
    if (!build.flag("tied"))
        return std::make_shared<Head>(build, torch::Tensor());
    const auto found = build.shared ? build.shared->find("token_embedding") : decltype(build.shared->end()){};
    if (!build.shared || found == build.shared->end())
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "The head shares the embedding's weights, but no token "
                                                           "embedding stands before it."),
                    QCoreApplication::translate("athanor", "Add a token embedding, or give the head its own weights."));
    return std::make_shared<Head>(build, found->second);
}

}  // namespace athanor::layer
