#include "core/tensor/linear.h"

#include "core/tensor/element.h"
#include "core/tensor/gemm.h"

namespace athanor::tensor {

namespace {

using torch::autograd::AutogradContext;
using torch::autograd::tensor_list;

class LinearFunction : public torch::autograd::Function<LinearFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &xIn, const torch::Tensor &weight,
                                 const OptionalTensor &bias)
    {
        auto shape = xIn.sizes().vec();
        const torch::Tensor x = xIn.contiguous().view({-1, shape.back()});                    // (N, I)
        torch::Tensor y = matrixProduct(x, Transposed::No, weight, Transposed::Yes);          // (N, O)
        if (bias)
            y.add_(*bias);
        context->save_for_backward({x, weight});
        context->saved_data["bias"] = bias.has_value();
        shape.back() = weight.size(0);
        return y.view(shape);
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &weight = saved[1];
        auto shape = gradients[0].sizes().vec();
        shape.back() = weight.size(1);
        const torch::Tensor gy = gradients[0].contiguous().view({-1, weight.size(0)});        // (N, O)
        torch::Tensor gx = matrixProduct(gy, Transposed::No, weight, Transposed::No).view(shape);
        torch::Tensor gWeight = matrixProduct(gy, Transposed::Yes, x, Transposed::No);        // (O, I)
        torch::Tensor gBias;
        if (context->saved_data["bias"].toBool())
            gBias = gy.sum(0, false, at::kFloat).to(gy.scalar_type());
        return {gx, gWeight, gBias};
    }
};

}  // namespace

torch::Tensor linear(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias)
{
    TORCH_CHECK(x.size(-1) == weight.size(1), "the input has ", x.size(-1), " channels, the matrix ", weight.size(1));
    return LinearFunction::apply(x.to(weight.scalar_type()), weight, optional(bias));
}

}  // namespace athanor::tensor
