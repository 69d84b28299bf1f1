// Even in ±√(6 / (inputs + outputs)): signals keep their variance forward and gradients backward.
// Source: Glorot and Bengio 2010, equation 16. Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor xavierUniformMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
