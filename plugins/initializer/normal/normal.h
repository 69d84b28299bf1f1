// Normal numbers with the deviation that each layer's “spread of the first weights” says (0.02 unless chosen otherwise),
// the same where a branch ends. The layers' own rule makes those smaller (Radford et al. 2019, section 2.3).
// Source: Radford et al. 2018, section 4.1. Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor normalMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
