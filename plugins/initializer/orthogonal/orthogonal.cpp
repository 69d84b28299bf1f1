// See orthogonal.h.
#include "plugins/initializer/orthogonal/orthogonal.h"

#include "core/tensor/distributions.h"

namespace athanor::initializer {

torch::Tensor orthogonalMatrix(const network::InitialMatrix &matrix)
{
    return tensor::orthogonalTensor(matrix.outputs, matrix.inputs, matrix.key);
}

}  // namespace athanor::initializer
