// Muon: momentum, orthogonalised by a Newton–Schulz iteration, for matrices inside residual branches; AdamW for the
// rest. State: ".momentum" for a matrix, ".mean" and ".variance" for the others, f32.
// Source: Jordan et al. 2024; Liu et al. 2025 (0.2·√max(m, n) and decoupled weight decay). Thread: one call at a time.
#pragma once

#include "core/train/optimizer.h"

namespace athanor::train {

struct MuonOptions {
    double beta1 = 0.9;
    double beta2 = 0.95;
    double epsilon = 1e-8;
    double weightDecay = 0.1;
    double momentum = 0.95;
    int iterations = 5;
    double updateSize = 0.2;
};

MuonOptions muonOptions(const QJsonObject &settings);

/// About U·Vᵀ of the singular value decomposition U·S·Vᵀ of `matrix` (m, n): singular values come out near 1 (0.7 to
/// 1.2). Computes in `dtype`, gives f32. Cost: iterations × (4·m²·n + 2·m³) FLOPs with m ≤ n.
torch::Tensor orthogonalised(const torch::Tensor &matrix, int iterations, at::ScalarType dtype);

class Muon final : public Optimizer {
public:
    Muon(std::vector<TrainedParameter> &parameters, const MuonOptions &options);
    void step(double learningRate, double gradientScale, qint64 step) override;
    std::vector<NamedState> state() override;

private:
    void stepMatrix(size_t index, double learningRate, double gradientScale);
    void stepOther(size_t index, double learningRate, double gradientScale, qint64 step);
    std::vector<TrainedParameter> *m_parameters;
    MuonOptions m_options;
    std::vector<torch::Tensor> m_first, m_second;  // momentum and nothing, or mean and variance
};

}  // namespace athanor::train
