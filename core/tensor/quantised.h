// Weights as small integers for generating, with a scale for every 32 of them: 8.5 or 4.5 bits a weight instead of 32.
// Sums are f32 with unrounded inputs, so that only the weights lose digits. Thread: const members are safe, one
// product at a time. Layout and rounding as GGUF's Q8_0 and Q4_0 have them (Dettmers et al. 2022 on why 8 bits do).
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

#include <memory>

namespace athanor::tensor {

enum class QuantisedFormat { Int8, Int4 };

class ATHANOR_EXPORT QuantisedWeights {
public:
    /// weight (O, I) f32 or bf16. What does not fill a group of 32 is padded with zeros.
    static std::shared_ptr<const QuantisedWeights> create(const torch::Tensor &weight, QuantisedFormat format);
    virtual ~QuantisedWeights() = default;

    /// x (…, I) to (…, O) in x's format (f32 or bf16), no gradients; the same for any number of threads.
    virtual torch::Tensor product(const torch::Tensor &x) const = 0;
    /// (O, I) f32: the weights as they are used.
    virtual torch::Tensor widened() const = 0;
    virtual int64_t bytes() const = 0;
};

}  // namespace athanor::tensor
