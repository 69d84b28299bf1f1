// Inside core/tensor: rows copied between number formats, and added.
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

void addRow(const float *from, float *to, int64_t c);
void addRow(const Bf16 *from, float *to, int64_t c);
void widen(const float *from, float *to, int64_t c);
void widen(const Bf16 *from, float *to, int64_t c);
void narrow(const float *from, float *to, int64_t c);
void narrow(const float *from, Bf16 *to, int64_t c);

}  // namespace athanor::tensor::kernels
