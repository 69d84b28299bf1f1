#include "plugins/layer/attention/attention.h"

#include "core/network/observer.h"
#include "core/tensor/attention.h"
#include "core/tensor/attention_entropy.h"
#include "core/tensor/norm.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::layer {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tensor::RotarySettings rotaryOf(const network::LayerBuild &build)
{
    tensor::RotarySettings settings;
    settings.base = build.real("rotary_base");
    const QString scaling = build.text("rotary_scaling");
    settings.scaling = scaling == QLatin1String("llama3")   ? tensor::RotaryScaling::Llama3
                       : scaling == QLatin1String("linear") ? tensor::RotaryScaling::Linear
                                                            : tensor::RotaryScaling::None;
    settings.factor = build.real("rotary_factor");
    settings.lowFrequency = build.real("rotary_low_frequency");
    settings.highFrequency = build.real("rotary_high_frequency");
    settings.originalContext = double(build.integer("rotary_original_context"));
    return settings;
}

// Numbers of a head that are turned: even, at least two.
int64_t rotatedOf(const network::LayerBuild &build, int64_t headSize)
{
    return int64_t(std::floor(double(headSize) * build.real("rotary_share") + 1e-6));
}

class Attention final : public network::Layer {
public:
    Attention(const network::LayerBuild &build, const tensor::AttentionShape &shape)
        : m_shape(shape), m_window(build.integer("window")), m_causal(build.flag("causal")),
          m_relative(build.text("positions") == QLatin1String("relative")), m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width, inner = shape.heads * shape.headSize;
        const int64_t packed = inner + 2 * shape.keyValueHeads * shape.headSize;
        const double deviation = build.real("initial_deviation");
        m_scale = build.flag("scaled") ? 1 / std::sqrt(double(shape.headSize)) : 1.0;
        m_qkv.create(*this, build, "qkv", packed, c, deviation, build.flag("bias") || build.flag("qkv_bias"));
        if (build.flag("head_norm")) {
            m_norm = {tensor::NormKind::Rms, build.real("head_norm_epsilon")};
            m_queryGain = addParameter("query_norm_weight", build.constant({shape.headSize}, 1));
            m_keyGain = addParameter("key_norm_weight", build.constant({shape.headSize}, 1));
        }
        m_output.create(*this, build, "output", c, inner, network::branchDeviation(deviation, build.dimensions),
                        build.flag("bias"));
        if (build.text("positions") == QLatin1String("rotary"))
            m_rotary = tensor::rotaryTable(build.dimensions.context, rotatedOf(build, shape.headSize), rotaryOf(build))
                           .to(build.device);
    }

    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor qkv = withHeadNorms(m_qkv.forward(x, pass));  // (B, T, (H + 2K)·D)
        if (network::PassObserver *observer = network::PassObserver::current(); observer && !pass.cache)
            tell(*observer, qkv, pass);
        const torch::Tensor heads = m_causal && !m_relative ? attendCausally(qkv, pass) : attendOpenly(qkv, pass);
        const torch::Tensor y = m_output.forward(heads, pass);            // (B, T, C)
        return pass.training ? tensor::dropout(y, m_dropout, pass.nextRandom()) : y;
    }

private:
    // For who watches, the weights are computed once more by themselves: the fast ways never hold them.
    void tell(network::PassObserver &observer, const torch::Tensor &qkv, const network::Pass &pass) const
    {
        const auto parts = splitHeads(qkv);
        const torch::Tensor q = tensor::rotated(parts[0], m_rotary, pass.positions);
        const torch::Tensor k = tensor::rotated(parts[1], m_rotary, pass.positions);
        const torch::Tensor bias = m_relative ? pass.scoreBias : torch::Tensor();
        observer.attention(tensor::attentionEntropy(q, k, visibleTo(q, k, pass), bias, m_scale));
    }

    // RMSNorm of each head's query and key.
    torch::Tensor withHeadNorms(const torch::Tensor &qkv) const
    {
        if (!m_queryGain.defined())
            return qkv;
        const auto parts = splitHeads(qkv);
        const auto normed = [&](const torch::Tensor &heads, const torch::Tensor &gain) {
            return tensor::addNorm(heads.to(at::kFloat), {}, gain, {}, m_norm).second;
        };
        return torch::cat({normed(parts[0], m_queryGain), normed(parts[1], m_keyGain), parts[2]}, 2).flatten(2);
    }

    // Queries (B, T, H, D), keys and values (B, T, K, D).
    std::vector<torch::Tensor> splitHeads(const torch::Tensor &qkv) const
    {
        const int64_t h = m_shape.heads, k = m_shape.keyValueHeads;
        return qkv.view({qkv.size(0), qkv.size(1), h + 2 * k, m_shape.headSize}).split_with_sizes({h, k, k}, 2);
    }

    torch::Tensor attendCausally(const torch::Tensor &qkv, network::Pass &pass) const
    {
        const tensor::AttentionView view{pass.positions, pass.firstKeys(m_window, qkv.size(0), qkv.size(1))};
        if (!pass.cache)
            return tensor::causalAttention(qkv, m_rotary, m_shape, view);  // (B, T, H·D)
        network::LayerState &state = stateOf(qkv, pass);
        return tensor::cachedAttention(qkv, m_rotary, m_shape, state.keys, state.values, pass.position, view);
    }

    network::LayerState &stateOf(const torch::Tensor &qkv, network::Pass &pass) const
    {
        network::LayerState &state = pass.nextState();
        if (!state.keys.defined()) {
            const auto options = qkv.options().requires_grad(false);
            // Not filled: pages that no token reaches then cost no memory.
            state.keys = torch::empty(
                {pass.cache->batch(), m_shape.keyValueHeads, pass.cache->capacity(), m_shape.headSize}, options);
            state.values = torch::empty_like(state.keys);
        }
        return state;
    }

    // Attention to both sides, or with a bias on the scores.
    torch::Tensor attendOpenly(const torch::Tensor &qkv, network::Pass &pass) const
    {
        TORCH_CHECK(m_causal || !pass.cache, "a model that reads in both directions does not continue a text");
        TORCH_CHECK(!m_relative || pass.scoreBias.defined(), "no layer of relative positions stands before the attention");
        const auto parts = splitHeads(qkv);
        const torch::Tensor q = tensor::rotated(parts[0], m_rotary, pass.positions);
        torch::Tensor k = tensor::rotated(parts[1], m_rotary, pass.positions), v = parts[2];
        if (pass.cache) {
            network::LayerState &state = stateOf(qkv, pass);
            state.keys.narrow(2, pass.position, k.size(1)).copy_(k.transpose(1, 2));
            state.values.narrow(2, pass.position, v.size(1)).copy_(v.transpose(1, 2));
            k = state.keys.narrow(2, 0, pass.position + k.size(1)).transpose(1, 2);
            v = state.values.narrow(2, 0, pass.position + v.size(1)).transpose(1, 2);
        }
        const torch::Tensor bias = m_relative ? pass.scoreBias : torch::Tensor();
        return tensor::openAttention(q, k, v, visibleTo(q, k, pass), bias, m_scale);
    }

    // (B or 1, 1, T, S): which keys each query sees; undefined: all.
    torch::Tensor visibleTo(const torch::Tensor &q, const torch::Tensor &k, const network::Pass &pass) const
    {
        const int64_t b = q.size(0), t = q.size(1), s = k.size(1);
        if (!m_causal)
            return pass.segments.defined() ? pass.segments.view({b, 1, t, 1}) == pass.segments.view({b, 1, 1, s})
                                           : torch::Tensor();
        const auto places = at::TensorOptions(at::kLong).device(q.device());
        const torch::Tensor keys = torch::arange(s, places).view({1, 1, 1, s});
        const torch::Tensor queries = torch::arange(s - t, s, places).view({1, 1, t, 1});
        const torch::Tensor firsts = pass.firstKeys(m_window, b, t);
        const torch::Tensor before = keys <= queries;
        return firsts.defined() ? before.logical_and(keys >= torch::minimum(firsts.view({b, 1, t, 1}), queries)) : before;
    }

    network::Projection m_qkv, m_output;
    torch::Tensor m_queryGain, m_keyGain, m_rotary;
    tensor::AttentionShape m_shape;
    tensor::NormSettings m_norm;
    int64_t m_window = 0;
    bool m_causal = true;
    bool m_relative = false;
    double m_scale = 1;
    double m_dropout = 0;
};

QString divisorsNear(int64_t width, int64_t heads)
{
    QStringList fitting;
    for (int64_t candidate = 1; candidate <= std::min<int64_t>(width, 2 * heads + 8); ++candidate)
        if (width % candidate == 0 && candidate * 4 >= heads)
            fitting += QString::number(candidate);
    return fitting.join(QStringLiteral(", "));
}

Result<tensor::AttentionShape> shapeOf(const network::LayerBuild &build)
{
    const int64_t width = build.dimensions.width;
    tensor::AttentionShape shape;
    shape.heads = build.integer("heads");
    shape.keyValueHeads = build.integer("key_value_heads") > 0 ? build.integer("key_value_heads") : shape.heads;
    shape.headSize = build.integer("head_size");
    if (shape.heads < 1 || (shape.headSize == 0 && width % shape.heads != 0))
        return fail(ErrorCode::InvalidInput,
                    tr("%1 heads do not divide the width %2.").arg(shape.heads).arg(width),
                    tr("These would: %1.").arg(divisorsNear(width, shape.heads)));
    if (shape.heads % shape.keyValueHeads != 0)
        return fail(ErrorCode::InvalidInput,
                    tr("%1 key-value heads do not divide %2 heads.").arg(shape.keyValueHeads).arg(shape.heads),
                    tr("These would: %1.").arg(divisorsNear(shape.heads, shape.keyValueHeads)));
    if (shape.headSize == 0)
        shape.headSize = width / shape.heads;
    return shape;
}

Status checkKind(const network::LayerBuild &build, const tensor::AttentionShape &shape)
{
    const QString positions = build.text("positions");
    if (positions == QLatin1String("rotary")) {
        const int64_t rotated = rotatedOf(build, shape.headSize);
        if (rotated < 2 || rotated % 2 != 0)
            return fail(ErrorCode::InvalidInput,
                        tr("Rotary positions need an even head size; it is %1.").arg(rotated),
                        tr("Change the number of heads, the width or the share of a head that is turned."));
        if (build.text("rotary_scaling") == QLatin1String("llama3")
            && build.real("rotary_high_frequency") <= build.real("rotary_low_frequency"))
            return fail(ErrorCode::InvalidInput, tr("The limits of the stretched positions are the wrong way round."),
                        tr("The upper frequency must be larger than the lower one."));
    }
    const bool isOpen = !build.flag("causal") || positions == QLatin1String("relative");
    if (!isOpen && !build.flag("scaled"))
        return fail(ErrorCode::InvalidInput, tr("Scores without a scale need relative positions or both directions."),
                    tr("Leave “scaled” on."));
    if (!build.flag("causal") && build.integer("window") > 0)
        return fail(ErrorCode::InvalidInput, tr("A window needs attention that looks back only."),
                    tr("Set the window to 0."));
    return {};
}

}  // namespace

Result<std::shared_ptr<network::Layer>> makeAttention(const network::LayerBuild &build)
{
    ATHANOR_ASSIGN(const auto shape, shapeOf(build));
    ATHANOR_TRY(checkKind(build, shape));
    return std::make_shared<Attention>(build, shape);
}

}  // namespace athanor::layer
