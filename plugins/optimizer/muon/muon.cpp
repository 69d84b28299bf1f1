// See muon.h.
#include "plugins/optimizer/muon/muon.h"

#include "core/tensor/gemm.h"
#include "core/tensor/optimize.h"

#include <algorithm>
#include <cmath>

namespace athanor::train {

namespace {

// Below it a matrix counts as zero. Far below PyTorch's 1e-7: a gradient's size is not to matter, however small it is.
constexpr double kSmallestNorm = 1e-18;

}  // namespace

MuonOptions muonOptions(const QJsonObject &settings)
{
    MuonOptions options;
    options.beta1 = settings.value(QLatin1String("beta1")).toDouble(options.beta1);
    options.beta2 = settings.value(QLatin1String("beta2")).toDouble(options.beta2);
    options.epsilon = settings.value(QLatin1String("epsilon")).toDouble(options.epsilon);
    options.weightDecay = settings.value(QLatin1String("weight_decay")).toDouble(options.weightDecay);
    options.momentum = settings.value(QLatin1String("momentum")).toDouble(options.momentum);
    options.iterations = settings.value(QLatin1String("iterations")).toInt(options.iterations);
    options.updateSize = settings.value(QLatin1String("update_size")).toDouble(options.updateSize);
    return options;
}

torch::Tensor orthogonalised(const torch::Tensor &matrix, int iterations, at::ScalarType dtype)
{
    // The quintic a·x + b·x³ + c·x⁵ with these coefficients pushes every singular value in (0, 1] towards 1.
    constexpr double a = 3.4445, b = -4.7750, c = 2.0315;
    const bool isTall = matrix.size(0) > matrix.size(1);
    torch::Tensor x = (isTall ? matrix.t() : matrix).to(torch::kFloat);  // (m, n), m ≤ n
    x = (x / x.norm().clamp_min(kSmallestNorm)).to(dtype).contiguous();
    using tensor::Transposed;
    for (int i = 0; i < iterations; ++i) {
        const torch::Tensor gram = tensor::matrixProduct(x, Transposed::No, x, Transposed::Yes);  // G = X·Xᵀ (m, m)
        torch::Tensor poly = tensor::matrixProduct(gram, Transposed::No, gram, Transposed::No);   // (m, m)
        poly = poly.mul_(c).add_(gram, b);                                                        // b·G + c·G²
        const torch::Tensor next = tensor::matrixProduct(poly, Transposed::No, x, Transposed::No);  // (m, n)
        x = x.mul(a).add_(next);                                                                  // a·X + poly·X
    }
    x = x.to(torch::kFloat);
    return isTall ? x.t() : x;
}

Muon::Muon(std::vector<TrainedParameter> &parameters, const MuonOptions &options)
    : m_parameters(&parameters), m_options(options)
{
    for (const TrainedParameter &parameter : parameters) {
        m_first.push_back(torch::zeros_like(parameter.master, torch::kFloat));
        m_second.push_back(parameter.isHiddenMatrix ? torch::Tensor()
                                                    : torch::zeros_like(parameter.master, torch::kFloat));
    }
}

void Muon::step(double learningRate, double gradientScale, qint64 step)
{
    torch::NoGradGuard noGradients;
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const TrainedParameter &parameter = (*m_parameters)[i];
        if (!parameter.gradient.defined())
            continue;
        const double rate = learningRate * parameter.learningRateFactor;
        if (parameter.isHiddenMatrix)
            stepMatrix(i, rate, gradientScale);
        else
            stepOther(i, rate, gradientScale, step);
    }
}

void Muon::stepMatrix(size_t index, double learningRate, double gradientScale)
{
    TrainedParameter &parameter = (*m_parameters)[index];
    torch::Tensor &momentum = m_first[index];
    const torch::Tensor gradient = parameter.gradient.to(torch::kFloat).mul(gradientScale);
    momentum.lerp_(gradient, 1 - m_options.momentum);
    const torch::Tensor direction = gradient.lerp(momentum, m_options.momentum);  // Nesterov's look ahead
    const torch::Tensor update = orthogonalised(direction, m_options.iterations, parameter.weight.scalar_type());
    const double longer = double(std::max(direction.size(0), direction.size(1)));
    const double size = m_options.updateSize * std::sqrt(longer);
    if (parameter.decays)
        parameter.master.mul_(1 - learningRate * m_options.weightDecay * parameter.decayFactor);
    parameter.master.add_(update, -learningRate * size);
    if (!parameter.weight.is_alias_of(parameter.master))
        parameter.weight.copy_(parameter.master);
}

void Muon::stepOther(size_t index, double learningRate, double gradientScale, qint64 step)
{
    TrainedParameter &parameter = (*m_parameters)[index];
    const tensor::AdamWSettings settings{learningRate,       m_options.beta1, m_options.beta2,
                                         m_options.epsilon,  m_options.weightDecay * parameter.decayShare(),
                                         gradientScale,      step};
    tensor::adamWStep(parameter.weight, parameter.master, m_first[index], m_second[index], parameter.gradient, settings);
}

std::vector<NamedState> Muon::state()
{
    std::vector<NamedState> state;
    for (size_t i = 0; i < m_parameters->size(); ++i) {
        const TrainedParameter &parameter = (*m_parameters)[i];
        state.push_back({parameter.name + (parameter.isHiddenMatrix ? ".momentum" : ".mean"), m_first[i]});
        if (!parameter.isHiddenMatrix)
            state.push_back({parameter.name + ".variance", m_second[i]});
    }
    return state;
}

}  // namespace athanor::train
