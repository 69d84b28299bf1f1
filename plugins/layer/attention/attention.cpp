#include "plugins/layer/attention/attention.h"

#include "core/tensor/attention.h"

#include <QCoreApplication>

namespace athanor::layer {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

class Attention final : public network::Layer {
public:
    Attention(const network::LayerBuild &build, const tensor::AttentionShape &shape)
        : m_shape(shape), m_dropout(build.real("dropout"))
    {
        const int64_t c = build.dimensions.width, inner = shape.heads * shape.headSize;
        const int64_t packed = inner + 2 * shape.keyValueHeads * shape.headSize;
        const double deviation = build.real("initial_deviation");
        m_qkv.create(*this, build, "qkv", packed, c, deviation, build.flag("bias"));
        m_output.create(*this, build, "output", c, inner, network::branchDeviation(deviation, build.dimensions),
                        build.flag("bias"));
        if (build.text("positions") == QLatin1String("rotary"))
            m_rotary = tensor::rotaryTable(build.dimensions.context, shape.headSize, build.real("rotary_base"));
    }

    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor qkv = m_qkv.forward(x, pass);                               // (B, T, (H + 2K)·D)
        const tensor::AttentionView view{pass.positions, pass.firstKeys(0, x.size(0), x.size(1))};
        const torch::Tensor heads = pass.cache ? attendWithCache(qkv, view, pass)
                                               : tensor::causalAttention(qkv, m_rotary, m_shape, view);  // (B, T, H·D)
        const torch::Tensor y = m_output.forward(heads, pass);                          // (B, T, C)
        return pass.training ? tensor::dropout(y, m_dropout, pass.nextRandom()) : y;
    }

private:
    torch::Tensor attendWithCache(const torch::Tensor &qkv, const tensor::AttentionView &view, network::Pass &pass) const
    {
        network::LayerState &state = pass.nextState();
        if (!state.keys.defined()) {
            const auto options = qkv.options().requires_grad(false);
            state.keys = torch::zeros(
                {pass.cache->batch(), m_shape.keyValueHeads, pass.cache->capacity(), m_shape.headSize}, options);
            state.values = torch::zeros_like(state.keys);
        }
        return tensor::cachedAttention(qkv, m_rotary, m_shape, state.keys, state.values, pass.position, view);
    }

    network::Projection m_qkv, m_output;
    torch::Tensor m_rotary;
    tensor::AttentionShape m_shape;
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
    if (build.text("positions") == QLatin1String("rotary") && shape.headSize % 2 != 0)
        return fail(ErrorCode::InvalidInput,
                    tr("Rotary positions need an even head size; it is %1.").arg(shape.headSize),
                    tr("Change the number of heads or the width."));
    return shape;
}

}  // namespace

Result<std::shared_ptr<network::Layer>> makeAttention(const network::LayerBuild &build)
{
    ATHANOR_ASSIGN(const auto shape, shapeOf(build));
    return std::make_shared<Attention>(build, shape);
}

}  // namespace athanor::layer
