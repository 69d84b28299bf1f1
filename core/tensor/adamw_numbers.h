// Inside core/tensor: the numbers of an AdamW step, from its settings.
#pragma once

#include "core/tensor/optimize.h"
#include "core/tensor/optimize_rows.h"

#include <cmath>

namespace athanor::tensor {

inline kernels::AdamWNumbers numbersOf(const AdamWSettings &s)
{
    const double correction1 = 1.0 - std::pow(s.beta1, double(s.step));
    const double correction2 = 1.0 - std::pow(s.beta2, double(s.step));
    return {float(s.beta1),   float(s.beta2),  float(s.lr / correction1),          float(1.0 - s.lr * s.weightDecay),
            float(s.epsilon), float(1.0 / std::sqrt(correction2)), float(s.gradientScale)};
}

}  // namespace athanor::tensor
