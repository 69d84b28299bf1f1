// Tensors filled by distributions other than the normal one (random.h). Role: what initial weights are drawn from. A
// number depends only on the key and its index, whatever the thread count; an orthogonal matrix only on key and shape.
// Errors: throw c10::Error. Thread: one at a time.
#pragma once

#include "core/tensor/libtorch.h"
#include "core/tensor/random.h"

namespace athanor::tensor {

/// Even in [−bound, bound), f32.
ATHANOR_EXPORT torch::Tensor uniformTensor(at::IntArrayRef shape, double bound, const RandomKey &key);
/// Normal numbers of mean 0 and this deviation, those beyond two deviations drawn again: the deviation of what remains
/// is 0.88 of it, as with torch.nn.init.trunc_normal_ at these bounds. f32.
ATHANOR_EXPORT torch::Tensor truncatedNormalTensor(at::IntArrayRef shape, double deviation, const RandomKey &key);
/// (rows, columns) f32 whose shorter side is orthonormal: Q of a normal matrix, with signs that make every such matrix
/// alike likely (Saxe et al. 2014; Mezzadri 2007). Cost: 2·m·n² FLOPs and more, on one thread.
ATHANOR_EXPORT torch::Tensor orthogonalTensor(int64_t rows, int64_t columns, const RandomKey &key);

}  // namespace athanor::tensor
