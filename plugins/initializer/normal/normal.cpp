// See normal.h.
#include "plugins/initializer/normal/normal.h"

#include "core/tensor/random.h"

namespace athanor::initializer {

torch::Tensor normalMatrix(const network::InitialMatrix &matrix)
{
    return tensor::normalTensor({matrix.outputs, matrix.inputs}, matrix.deviation, matrix.key);
}

}  // namespace athanor::initializer
