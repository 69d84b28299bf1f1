// Normal with deviation √(2 / (5·inputs)); where a residual branch ends, 2 / (L·√outputs), as GPT-NeoX pairs them.
// Sources: Nguyen and Salazar 2019, section 2.2; Wang and Komatsuzaki 2021 (GPT-J). Thread: pure.
#pragma once

#include "core/network/initializer.h"

namespace athanor::initializer {

torch::Tensor smallMatrix(const network::InitialMatrix &matrix);

}  // namespace athanor::initializer
