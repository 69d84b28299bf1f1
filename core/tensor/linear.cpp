#include "core/tensor/linear.h"

namespace athanor::tensor {

torch::Tensor linear(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias)
{
    return at::linear(x.to(weight.scalar_type()), weight, bias);
}

}  // namespace athanor::tensor
