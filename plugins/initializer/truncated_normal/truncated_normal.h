// Normal numbers with the deviation that each layer says, those beyond two deviations drawn again.
// Source: Devlin et al. 2019 (BERT's code). Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor truncatedNormalMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
