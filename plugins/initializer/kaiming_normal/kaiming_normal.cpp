// See kaiming_normal.h.
#include "plugins/initializer/kaiming_normal/kaiming_normal.h"

#include "core/tensor/random.h"

#include <cmath>

namespace athanor::initializer {

torch::Tensor kaimingNormalMatrix(const network::InitialMatrix &matrix)
{
    const double deviation = std::sqrt(2.0 / double(matrix.inputs));
    return tensor::normalTensor({matrix.outputs, matrix.inputs}, deviation, matrix.key);
}

}  // namespace athanor::initializer
