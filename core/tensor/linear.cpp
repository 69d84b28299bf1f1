#include "core/tensor/linear.h"

#include "core/tensor/element.h"
#include "core/tensor/gemm.h"
#include "core/tensor/weight_product.h"

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
        // A frozen matrix needs no gradient, and then its input need not be kept.
        const bool learns = weight.requires_grad();
        context->save_for_backward({learns ? x : torch::Tensor(), weight});
        context->saved_data["input"] = xIn.requires_grad();
        context->saved_data["weight"] = learns;
        context->saved_data["bias"] = bias.has_value() && bias->requires_grad();
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
        torch::Tensor gx, gWeight, gBias;
        if (context->saved_data["input"].toBool())
            gx = matrixProduct(gy, Transposed::No, weight, Transposed::No).view(shape);
        if (context->saved_data["weight"].toBool())
            gWeight = matrixProduct(gy, Transposed::Yes, x, Transposed::No);                  // (O, I)
        if (context->saved_data["bias"].toBool())
            gBias = gy.sum(0, false, at::kFloat).to(gy.scalar_type());
        return {gx, gWeight, gBias};
    }
};

// y (N, O) plus scale·(x·Aᵀ)·Bᵀ in the columns [begin, begin + rows of B); x (N, I), A (r, I), B (rows, r), all f32
// but y.
class LowRankFunction : public torch::autograd::Function<LowRankFunction> {
public:
    static torch::Tensor forward(AutogradContext *context, const torch::Tensor &y, const torch::Tensor &xIn,
                                 const torch::Tensor &a, const torch::Tensor &b, int64_t begin, double scale)
    {
        const torch::Tensor x = inFormat(xIn, at::kFloat);
        const torch::Tensor inner = matrixProduct(x, Transposed::No, a, Transposed::Yes);     // (N, r)
        torch::Tensor sum = y.clone();
        sum.narrow(1, begin, b.size(0)).add_(matrixProduct(inner, Transposed::No, b, Transposed::Yes), scale);
        context->save_for_backward({x, inner, a, b});
        context->saved_data["begin"] = begin;
        context->saved_data["scale"] = scale;
        context->saved_data["input"] = xIn.requires_grad();
        context->saved_data["format"] = int64_t(xIn.scalar_type());
        return sum;
    }

    static tensor_list backward(AutogradContext *context, const tensor_list &gradients)
    {
        const auto saved = context->get_saved_variables();
        const torch::Tensor &x = saved[0], &inner = saved[1], &a = saved[2], &b = saved[3];
        const torch::Tensor gy = (gradients[0].narrow(1, context->saved_data["begin"].toInt(), b.size(0)).to(at::kFloat)
                                  * context->saved_data["scale"].toDouble())
                                     .contiguous();                                           // (N, rows)
        const torch::Tensor gInner = matrixProduct(gy, Transposed::No, b, Transposed::No);    // (N, r)
        torch::Tensor gx;
        if (context->saved_data["input"].toBool())
            gx = matrixProduct(gInner, Transposed::No, a, Transposed::No)
                     .to(at::ScalarType(context->saved_data["format"].toInt()));
        return {gradients[0],
                gx,
                matrixProduct(gInner, Transposed::Yes, x, Transposed::No),
                matrixProduct(gy, Transposed::Yes, inner, Transposed::No),
                torch::Tensor(),
                torch::Tensor()};
    }
};

}  // namespace

torch::Tensor addLowRank(const torch::Tensor &y, const torch::Tensor &x, const torch::Tensor &a, const torch::Tensor &b,
                         int64_t begin, double scale)
{
    TORCH_CHECK(a.scalar_type() == at::kFloat && b.scalar_type() == at::kFloat && a.dim() == 2 && b.dim() == 2
                    && a.size(0) == b.size(1) && a.size(1) == x.size(-1) && begin >= 0
                    && begin + b.size(0) <= y.size(-1),
                "the adapter does not fit the matrix");
    if (!at::GradMode::is_enabled()) {
        torch::Tensor sum = y.clone();
        const torch::Tensor inner = weightProduct(x.to(at::kFloat), a);
        sum.narrow(-1, begin, b.size(0)).add_(weightProduct(inner, b), scale);
        return sum;
    }
    return LowRankFunction::apply(y.reshape({-1, y.size(-1)}), x.reshape({-1, x.size(-1)}), a, b, begin, scale)
        .view(y.sizes());
}

torch::Tensor linear(const torch::Tensor &x, const torch::Tensor &weight, const torch::Tensor &bias)
{
    TORCH_CHECK(x.size(-1) == weight.size(1), "the input has ", x.size(-1), " channels, the matrix ", weight.size(1));
    if (!at::GradMode::is_enabled())
        return weightProduct(x, weight, bias);
    return LinearFunction::apply(x.to(weight.scalar_type()), weight, optional(bias));
}

}  // namespace athanor::tensor
