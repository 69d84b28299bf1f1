#include "plugins/layer/cross_attention/cross_attention.h"

#include "core/network/observer.h"
#include "core/tensor/attention.h"
#include "core/tensor/attention_entropy.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::layer {

namespace {

class CrossAttention final : public network::Layer {
public:
    explicit CrossAttention(const network::LayerBuild &build)
        : m_heads(build.integer("heads")), m_headSize(build.integer("head_size")), m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width;
        if (m_headSize == 0)
            m_headSize = c / m_heads;
        const int64_t inner = m_heads * m_headSize;
        const double deviation = build.real("initial_deviation");
        const bool bias = build.flag("bias");
        m_scale = build.flag("scaled") ? 1 / std::sqrt(double(m_headSize)) : 1.0;
        m_query.create(*this, build, "query", inner, c, deviation, bias);
        m_keyValue.create(*this, build, "key_value", 2 * inner, c, deviation, bias);
        m_output.create(*this, build, "output", c, inner, network::branchDeviation(deviation, build.dimensions), bias);
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        TORCH_CHECK(pass.encoded.defined(), "the model has no encoder for this attention");
        const torch::Tensor q = headsOf(m_query.forward(x, pass));  // (B, T, H, D)
        network::LayerState local;
        network::LayerState &state = pass.cache ? pass.nextState() : local;
        if (!state.keys.defined() || pass.position == 0) {
            const auto parts = m_keyValue.forward(pass.encoded, pass).chunk(2, -1);
            state.keys = headsOf(parts[0]);  // (B, S, H, D)
            state.values = headsOf(parts[1]);
        }
        if (network::PassObserver *observer = network::PassObserver::current())
            observer->crossAttention(tensor::attentionEntropy(q, state.keys, visible(pass), {}, m_scale));
        const torch::Tensor heads = tensor::openAttention(q, state.keys, state.values, visible(pass), {}, m_scale);
        const torch::Tensor y = m_output.forward(heads, pass);  // (B, T, C)
        return pass.training ? tensor::dropout(y, m_dropout, pass.nextRandom()) : y;
    }

private:
    torch::Tensor headsOf(const torch::Tensor &x) const { return x.unflatten(2, {m_heads, m_headSize}); }

    // (B, 1, 1, S): the encoder's tokens that are not padding; undefined: all.
    static torch::Tensor visible(const network::Pass &pass)
    {
        return pass.encodedSegments.defined() ? pass.encodedSegments.ge(0).unsqueeze(1).unsqueeze(1) : torch::Tensor();
    }

    network::Projection m_query, m_keyValue, m_output;
    int64_t m_heads = 1;
    int64_t m_headSize = 0;
    double m_scale = 1;
    double m_dropout = 0;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeCrossAttention(const network::LayerBuild &build)
{
    if (build.integer("head_size") == 0 && build.dimensions.width % build.integer("heads") != 0)
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "%1 heads do not divide the width %2.")
                        .arg(build.integer("heads"))
                        .arg(build.dimensions.width),
                    QCoreApplication::translate("athanor", "Change the number of heads or the width."));
    return std::make_shared<CrossAttention>(build);
}

}  // namespace athanor::layer
