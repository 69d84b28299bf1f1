// See truncated_normal.h.
#include "plugins/initializer/truncated_normal/truncated_normal.h"

#include "core/tensor/distributions.h"

namespace athanor::initializer {

torch::Tensor truncatedNormalMatrix(const network::InitialMatrix &matrix)
{
    return tensor::truncatedNormalTensor({matrix.outputs, matrix.inputs}, matrix.deviation, matrix.key);
}

}  // namespace athanor::initializer
