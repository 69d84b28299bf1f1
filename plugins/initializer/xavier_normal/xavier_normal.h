// Normal with deviation √(2 / (inputs + outputs)).
// Source: Glorot and Bengio 2010, equation 12. Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor xavierNormalMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
