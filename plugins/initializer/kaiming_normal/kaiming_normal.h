// Normal with deviation √(2 / inputs): keeps the size of signals through ReLUs.
// Source: He et al. 2015, equation 10. Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor kaimingNormalMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
