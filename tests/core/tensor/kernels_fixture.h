// What tests of kernels share: inputs, and how far a kernel is from its readable reference. Thread: one.
#pragma once

#include "core/tensor/libtorch.h"
#include "core/tensor/random.h"

#include <QTest>

#include <cmath>
#include <functional>

namespace athanor::tensor {

using torch::Tensor;

inline Tensor sample(at::IntArrayRef shape, uint64_t site, double deviation = 1)
{
    return normalTensor(shape, deviation, {7, 0, site});
}

inline Tensor leaf(const Tensor &x, at::ScalarType dtype = at::kFloat)
{
    return x.to(dtype, false, true).requires_grad_();
}

inline double difference(const Tensor &a, const Tensor &b)
{
    return (a.detach().to(at::kDouble) - b.detach().to(at::kDouble)).abs().max().item<double>();
}

// What table() in tests/golden/regularisation.py gives, in f32.
inline Tensor table(int64_t rows, int64_t columns, int64_t step, int64_t modulus)
{
    const Tensor numbers = torch::arange(rows * columns, at::kLong) * step % modulus;
    return (numbers.to(at::kDouble) / double(modulus) - 0.5).reshape({rows, columns}).to(at::kFloat);
}

using Function = std::function<Tensor(const std::vector<Tensor> &)>;

// Largest difference of results and of gradients (under one random weighting) between two functions of `inputs`.
struct Distance {
    double value = 0, gradient = 0;
};
inline Distance compare(const Function &fast, const Function &reference, const std::vector<Tensor> &inputs,
                 at::ScalarType dtype)
{
    std::vector<Tensor> a, b;
    for (const Tensor &input : inputs) {
        const Tensor rounded = input.to(dtype);
        a.push_back(leaf(rounded, dtype));
        b.push_back(leaf(rounded, at::kFloat));
    }
    const Tensor x = fast(a), y = reference(b);
    const Tensor weights = sample(y.sizes(), 99).to(dtype).to(at::kFloat);
    (x.to(at::kFloat) * weights).sum().backward();
    (y.to(at::kFloat) * weights).sum().backward();
    Distance distance{difference(x, y), 0};
    for (size_t i = 0; i < a.size(); ++i)
        distance.gradient = std::max(distance.gradient, difference(a[i].grad(), b[i].grad())
                                                            / (1 + b[i].grad().abs().max().item<double>()));
    return distance;
}

inline bool same(const Tensor &a, const Tensor &b) { return a.sizes() == b.sizes() && torch::equal(a, b); }

inline constexpr double kF32 = 2e-5, kBf16 = 3e-2;  // tolerances: f32 rounding; bf16 has 8 bits

/// For a test's data: both formats, each with its tolerance.
inline void dtypes()
{
    QTest::addColumn<int>("dtype");
    QTest::addColumn<double>("tolerance");
    QTest::newRow("f32") << int(at::kFloat) << kF32;
    QTest::newRow("bf16") << int(at::kBFloat16) << kBf16;
}

}  // namespace athanor::tensor
