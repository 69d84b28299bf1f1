// See xavier_uniform.h.
#include "plugins/initializer/xavier_uniform/xavier_uniform.h"

#include "core/tensor/distributions.h"

#include <cmath>

namespace athanor::initializer {

torch::Tensor xavierUniformMatrix(const network::InitialMatrix &matrix)
{
    const double bound = std::sqrt(6.0 / double(matrix.inputs + matrix.outputs));
    return tensor::uniformTensor({matrix.outputs, matrix.inputs}, bound, matrix.key);
}

}  // namespace athanor::initializer
