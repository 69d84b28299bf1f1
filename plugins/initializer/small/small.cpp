// See small.h.
#include "plugins/initializer/small/small.h"

#include "core/tensor/random.h"

#include <cmath>

namespace athanor::initializer {

torch::Tensor smallMatrix(const network::InitialMatrix &matrix)
{
    const double deviation = matrix.endsBranch ? 2.0 / (double(matrix.layers) * std::sqrt(double(matrix.outputs)))
                                               : std::sqrt(2.0 / (5.0 * double(matrix.inputs)));
    return tensor::normalTensor({matrix.outputs, matrix.inputs}, deviation, matrix.key);
}

}  // namespace athanor::initializer
