// The device "meta": tensors with a shape and no numbers. What fetches a number from one fails, and so does what mixes one
// with a tensor of the processor: a model that passes there leaves nothing behind on its way to a graphics card. LibTorch
// lacks some of its shapes outside of Python; they are here. Role: for tests; include once in a program. Thread: any.
#pragma once

#include "core/tensor/compatibility.h"

#include <ATen/ExpandUtils.h>
#include <torch/library.h>

#include <array>
#include <tuple>

namespace athanor::test::meta {

using torch::Tensor;
using Maybe = tensor::OptionalTensor;
using Padding = tensor::PaddingIndex;

inline void checkThere(std::initializer_list<Tensor> tensors)
{
    for (const Tensor &tensor : tensors)
        TORCH_CHECK(!tensor.defined() || tensor.is_meta(), "a tensor was left behind on the processor");
}

inline Tensor indexSelect(const Tensor &self, int64_t dimension, const Tensor &index)
{
    checkThere({self, index});
    auto shape = self.sizes().vec();
    shape[size_t(dimension < 0 ? dimension + self.dim() : dimension)] = index.numel();
    return torch::empty(shape, self.options());
}

inline void cummaxHelper(const Tensor &self, Tensor &values, Tensor &indices, int64_t) { checkThere({self, values, indices}); }

inline Tensor embeddingBackward(const Tensor &gradient, const Tensor &ids, c10::SymInt rows, Padding, bool)
{
    checkThere({gradient, ids});
    return torch::empty({rows.expect_int(), gradient.size(-1)}, gradient.options());
}

inline std::tuple<Tensor, Tensor, Tensor> layerNorm(const Tensor &x, c10::SymIntArrayRef, const Maybe &weight, const Maybe &bias, double)
{
    checkThere({x, weight.value_or(Tensor()), bias.value_or(Tensor())});
    const Tensor mean = x.mean(-1, true);
    return {torch::empty_like(x), mean, torch::empty_like(mean)};
}

inline std::tuple<Tensor, Tensor, Tensor> layerNormBackward(const Tensor &gradient, const Tensor &x, c10::SymIntArrayRef, const Tensor &,
                                                            const Tensor &, const Maybe &weight, const Maybe &bias, std::array<bool, 3> wanted)
{
    checkThere({gradient, x});
    const auto like = [](bool isWanted, const Tensor &tensor) { return isWanted ? torch::empty_like(tensor) : Tensor(); };
    return {like(wanted[0], x), like(wanted[1], weight.value_or(Tensor())), like(wanted[2], bias.value_or(Tensor()))};
}

inline Tensor &logicalAnd(const Tensor &a, const Tensor &b, Tensor &result)
{
    checkThere({a, b, result});
    result.resize_(at::infer_size(a.sizes(), b.sizes()));
    return result;
}

inline Tensor &likeIt(const Tensor &a, Tensor &result)
{
    checkThere({a, result});
    result.resize_(a.sizes());
    return result;
}

inline Tensor where(const Tensor &condition, const Tensor &a, const Tensor &b)
{
    checkThere({condition, a, b});
    return torch::empty(at::infer_size(condition.sizes(), at::infer_size(a.sizes(), b.sizes())), a.options());
}

inline Tensor &whereInto(const Tensor &condition, const Tensor &a, const Tensor &b, Tensor &result)
{
    checkThere({condition, a, b, result});
    result.resize_(at::infer_size(condition.sizes(), at::infer_size(a.sizes(), b.sizes())));
    return result;
}

inline Tensor relu(const Tensor &x)
{
    checkThere({x});
    return torch::empty_like(x);
}

TORCH_LIBRARY_IMPL(aten, Meta, library)
{
    library.impl("relu", TORCH_FN(relu));
    library.impl("where.self", TORCH_FN(where));
    library.impl("where.self_out", TORCH_FN(whereInto));
    library.impl("logical_and.out", TORCH_FN(logicalAnd));
    library.impl("logical_not.out", TORCH_FN(likeIt));
    library.impl("abs.out", TORCH_FN(likeIt));
    library.impl("index_select", TORCH_FN(indexSelect));
    library.impl("_cummax_helper", TORCH_FN(cummaxHelper));
    library.impl("embedding_dense_backward", TORCH_FN(embeddingBackward));
    library.impl("native_layer_norm", TORCH_FN(layerNorm));
    library.impl("native_layer_norm_backward", TORCH_FN(layerNormBackward));
}

}  // namespace athanor::test::meta
