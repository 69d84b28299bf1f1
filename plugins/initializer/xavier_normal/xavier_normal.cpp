// See xavier_normal.h.
#include "plugins/initializer/xavier_normal/xavier_normal.h"

#include "core/tensor/random.h"

#include <cmath>

namespace athanor::initializer {

torch::Tensor xavierNormalMatrix(const network::InitialMatrix &matrix)
{
    const double deviation = std::sqrt(2.0 / double(matrix.inputs + matrix.outputs));
    return tensor::normalTensor({matrix.outputs, matrix.inputs}, deviation, matrix.key);
}

}  // namespace athanor::initializer
