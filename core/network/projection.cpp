#include "core/network/projection.h"

#include "core/network/layer.h"
#include "core/tensor/linear.h"

namespace athanor::network {

namespace {

// (rows, I) f32: the rows of the weight with the adapter in them. Differentiable in the adapter.
torch::Tensor adaptedRows(const torch::Tensor &weight, const Adapter &adapter)
{
    const torch::Tensor rows = weight.narrow(0, adapter.rowBegin, adapter.rowEnd - adapter.rowBegin).to(at::kFloat);
    const torch::Tensor changed = rows + torch::matmul(adapter.b, adapter.a) * adapter.scale;
    if (!adapter.magnitude.defined())
        return changed;
    return changed * (adapter.magnitude / changed.detach().norm(2, 1)).unsqueeze(1);
}

// DoRA: rows of y that hold x·W'ᵀ + bias, brought to the magnitude.
torch::Tensor withMagnitude(const torch::Tensor &y, const torch::Tensor &weight, const torch::Tensor &bias,
                            const Adapter &adapter)
{
    const int64_t count = adapter.rowEnd - adapter.rowBegin, after = y.size(-1) - adapter.rowEnd;
    torch::Tensor length;
    {
        torch::NoGradGuard constant;
        Adapter plain = adapter;
        plain.magnitude = torch::Tensor();
        length = adaptedRows(weight, plain).norm(2, 1);
    }
    const torch::Tensor factor = adapter.magnitude / length;  // (rows)
    torch::Tensor part = y.narrow(-1, adapter.rowBegin, count).to(at::kFloat);
    if (bias.defined()) {
        const torch::Tensor rows = bias.narrow(0, adapter.rowBegin, count).to(at::kFloat);
        part = (part - rows) * factor + rows;
    } else {
        part = part * factor;
    }
    return torch::cat({y.narrow(-1, 0, adapter.rowBegin), part.to(y.scalar_type()),
                       y.narrow(-1, adapter.rowEnd, after)},
                      -1);
}

}  // namespace

void Projection::create(Layer &layer, const LayerBuild &build, const std::string &name, int64_t outputs, int64_t inputs,
                        double deviation, bool bias)
{
    const std::string parameter = name.empty() ? "weight" : name + "_weight";
    share(layer, name, layer.addParameter(parameter, build.matrix(parameter, outputs, inputs, deviation)));
    if (bias)
        createBias(layer, build);
}

void Projection::createBias(Layer &layer, const LayerBuild &build)
{
    const std::string parameter = m_name.empty() ? "bias" : m_name + "_bias";
    m_bias = layer.addParameter(parameter, build.constant({m_weight.size(0)}, 0));
}

void Projection::share(Layer &layer, const std::string &name, const torch::Tensor &weight)
{
    m_name = name;
    m_weight = weight;
    layer.addProjection(this);
}

torch::Tensor Projection::forward(const torch::Tensor &x, Pass &pass) const
{
    torch::Tensor y;
    if (m_quantised) {
        y = m_quantised->forward(x.to(m_weight.scalar_type()));
        if (m_bias.defined())
            y = y + m_bias;
    } else {
        y = tensor::linear(x, m_weight, m_bias);
    }
    for (const Adapter &adapter : m_adapters) {
        const bool drops = pass.training && adapter.dropout > 0;
        const torch::Tensor input = drops ? tensor::dropout(x, adapter.dropout, pass.nextRandom()) : x;
        y = tensor::addLowRank(y, input, adapter.a, adapter.b, adapter.rowBegin, adapter.scale);
        if (adapter.magnitude.defined())
            y = withMagnitude(y, m_weight, m_bias, adapter);
    }
    return y;
}

torch::Tensor Projection::effectiveWeight() const
{
    torch::Tensor weight = m_weight;
    for (const Adapter &adapter : m_adapters)
        weight = torch::cat({weight.narrow(0, 0, adapter.rowBegin),
                             adaptedRows(weight, adapter).to(weight.scalar_type()),
                             weight.narrow(0, adapter.rowEnd, weight.size(0) - adapter.rowEnd)},
                            0);
    return weight;
}

void Projection::merge()
{
    torch::NoGradGuard noGradients;
    m_weight.detach().copy_(effectiveWeight());
    m_adapters.clear();
}

}  // namespace athanor::network
