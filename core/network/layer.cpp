#include "core/network/layer.h"

#include "core/network/uninitialised.h"
#include "core/tensor/attention.h"

#include <algorithm>
#include <cmath>

namespace athanor::network {

Layer::Layer() = default;
Layer::~Layer() = default;

std::pair<torch::Tensor, torch::Tensor> Layer::forwardAfterAdd(const torch::Tensor &x, const torch::Tensor &delta,
                                                               Pass &pass)
{
    torch::Tensor sum = delta.defined() ? x + delta : x;
    torch::Tensor y = forward(sum, pass);
    return {std::move(sum), std::move(y)};
}

torch::Tensor Layer::addParameter(const std::string &name, torch::Tensor value)
{
    value.requires_grad_(true);
    m_parameters.emplace_back(name, value);
    return value;
}

torch::Tensor Layer::addBuffer(const std::string &name, torch::Tensor value)
{
    m_buffers.emplace_back(name, value);
    return value;
}

torch::Tensor Layer::headWeight() const { return {}; }
torch::Tensor Layer::headBias() const { return {}; }

torch::Tensor Pass::firstKeys(int64_t window, int64_t b, int64_t t) const
{
    if (!cache)
        return tensor::firstsOf(segments, window, b, t, device);
    if (window <= 0 && !cache->starts.defined())
        return {};
    torch::Tensor firsts = torch::arange(position, position + t, at::kLong).expand({b, t});
    firsts = window > 0 ? (firsts - (window - 1)).clamp_min(0) : torch::zeros({b, t}, at::kLong);
    firsts = cache->starts.defined() ? torch::maximum(firsts, cache->starts.unsqueeze(1)) : firsts;
    return firsts.contiguous().to(device);
}

LayerState &Cache::slot(size_t index)
{
    if (m_slots.size() <= index)
        m_slots.resize(index + 1);
    return m_slots[index];
}

void Cache::keepRows(const torch::Tensor &rows)
{
    const auto keep = [&](torch::Tensor &tensor) {
        if (tensor.defined())
            tensor = tensor.index_select(0, rows.to(tensor.device()));
    };
    for (LayerState &state : m_slots) {
        keep(state.keys);
        keep(state.values);
    }
    for (torch::Tensor *tensor : {&starts, &encoded, &encodedSegments})
        keep(*tensor);
    m_batch = rows.size(0);
}

torch::Tensor LayerBuild::normal(const std::string &name, at::IntArrayRef shape, double deviation) const
{
    if (seed == kUninitialisedSeed)
        return torch::empty(shape, at::TensorOptions(dtype).device(device));
    const tensor::RandomKey key{seed, 0, tensor::randomSite(path + "." + name)};
    return tensor::normalTensor(shape, deviation, key).to(dtype).to(device);
}

// What ends a branch has a smaller deviation than its layer says: branchDeviation().
torch::Tensor LayerBuild::matrix(const std::string &name, int64_t outputs, int64_t inputs, double deviation) const
{
    if (!initializer || seed == kUninitialisedSeed)
        return normal(name, {outputs, inputs}, deviation);
    const double said = real("initial_deviation");
    const InitialMatrix wanted{outputs, inputs, said > 0 ? said : deviation, said > 0 && deviation < said, dimensions.layers,
                               {seed, 0, tensor::randomSite(path + "." + name)}};
    const torch::Tensor filled = initializer->fill(wanted);
    TORCH_CHECK(filled.dim() == 2 && filled.size(0) == outputs && filled.size(1) == inputs, "the initializer made another shape");
    return filled.to(dtype).to(device);
}

torch::Tensor LayerBuild::constant(at::IntArrayRef shape, double value) const
{
    const auto options = at::TensorOptions(dtype).device(device);
    return seed == kUninitialisedSeed ? torch::empty(shape, options) : torch::full(shape, value, options);
}

int64_t LayerBuild::integer(const char *key) const { return parameters.value(QLatin1String(key)).toInteger(); }
double LayerBuild::real(const char *key) const { return parameters.value(QLatin1String(key)).toDouble(); }
bool LayerBuild::flag(const char *key) const { return parameters.value(QLatin1String(key)).toBool(); }
QString LayerBuild::text(const char *key) const { return parameters.value(QLatin1String(key)).toString(); }

double branchDeviation(double deviation, const Dimensions &dimensions)
{
    return deviation / std::sqrt(2.0 * double(std::max<int64_t>(dimensions.layers, 1)));
}

}  // namespace athanor::network
