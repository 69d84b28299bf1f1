// The shorter side is orthonormal: the matrix turns vectors and keeps their length.
// Source: Saxe et al. 2014, section 3. Making them takes a second or more for wide models. Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor orthogonalMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
