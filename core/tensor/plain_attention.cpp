#include "core/tensor/attention_layout.h"
#include "core/tensor/plain.h"

#include <torch/version.h>

#include <cmath>

namespace athanor::tensor {

namespace {

at::TensorOptions wholeNumbers(const torch::Tensor &like) { return at::TensorOptions(at::kLong).device(like.device()); }

// (B or 1, 1, T, S) bool: the keys up to each query's own place, from the view's first on. T queries end at place S.
torch::Tensor visibleOf(const AttentionView &view, int64_t t, int64_t s, const torch::Tensor &like)
{
    const torch::Tensor keys = torch::arange(s, wholeNumbers(like)).view({1, 1, 1, s});
    const torch::Tensor queries = torch::arange(s - t, s, wholeNumbers(like)).view({1, 1, t, 1});
    const torch::Tensor before = keys.le(queries);
    if (!view.firsts.defined())
        return before;
    return before.bitwise_and(keys.ge(torch::minimum(view.firsts.view({-1, 1, t, 1}), queries)));  // padding sees itself
}

// (B, S, K, D) to (B, S, H, D): each for the queries of its group.
torch::Tensor forAllHeads(const torch::Tensor &x, int64_t heads)
{
    const int64_t group = heads / x.size(2);
    if (group == 1)
        return x;
    return x.unsqueeze(3).expand({x.size(0), x.size(1), x.size(2), group, x.size(3)}).flatten(2, 3);
}

enum class Order { Any, Causal };

// As plainOpenAttention() without a bias; with Order::Causal every query sees what stands before it, and T = S.
torch::Tensor attend(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v, const torch::Tensor &visible,
                     Order order, double scale)
{
    const torch::Tensor keys = forAllHeads(k, q.size(2)), values = forAllHeads(v, q.size(2));
#if TORCH_VERSION_MAJOR >= 2
    // A query that sees nothing sees all: what it finds is not used, but it must be numbers.
    const torch::Tensor mask = visible.defined() ? visible.bitwise_or(visible.any(-1, true).bitwise_not()) : visible;
    return at::scaled_dot_product_attention(q.transpose(1, 2), keys.transpose(1, 2), values.transpose(1, 2), optional(mask),
                                            0.0, order == Order::Causal, scale)
        .transpose(1, 2)
        .flatten(2);
#else
    const torch::Tensor mask = order == Order::Causal ? visibleOf({}, q.size(1), k.size(1), q) : visible;
    return attentionWithScores(q, keys, values, mask, {}, scale);
#endif
}

// Queries (B, T, H, D), keys and values (B, T, K, D).
std::vector<torch::Tensor> headsOf(const torch::Tensor &qkv, const Layout &l)
{
    return qkv.reshape({l.b, l.t, l.h + 2 * l.k, l.d}).split_with_sizes({l.h, l.k, l.k}, 2);
}

}  // namespace

torch::Tensor plainAttention(const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionShape &shape,
                             const AttentionView &view)
{
    const Layout l = layoutOf(qkv, shape);
    const auto heads = headsOf(qkv, l);
    const torch::Tensor visible = view.firsts.defined() ? visibleOf(view, l.t, l.t, qkv) : torch::Tensor();
    return attend(rotated(heads[0], rotary, view.positions), rotated(heads[1], rotary, view.positions), heads[2], visible,
                  visible.defined() ? Order::Any : Order::Causal, 1 / std::sqrt(double(l.d)));
}

torch::Tensor plainCachedAttention(const torch::Tensor &qkv, const torch::Tensor &rotary, const AttentionShape &shape,
                                   torch::Tensor &keys, torch::Tensor &values, int64_t position, const AttentionView &view)
{
    const Layout l = layoutOf(qkv, shape);
    const int64_t all = position + l.t;
    const auto heads = headsOf(qkv, l);
    const torch::Tensor places = view.positions.defined()
                                     ? view.positions
                                     : torch::arange(position, all, wholeNumbers(qkv)).expand({l.b, l.t});
    keys.narrow(2, position, l.t).copy_(rotated(heads[1], rotary, places).transpose(1, 2));
    values.narrow(2, position, l.t).copy_(heads[2].transpose(1, 2));
    const torch::Tensor visible = l.t > 1 || view.firsts.defined() ? visibleOf(view, l.t, all, qkv) : torch::Tensor();
    return attend(rotated(heads[0], rotary, places), keys.narrow(2, 0, all).transpose(1, 2),
                  values.narrow(2, 0, all).transpose(1, 2), visible, Order::Any, 1 / std::sqrt(double(l.d)));
}

torch::Tensor plainOpenAttention(const torch::Tensor &q, const torch::Tensor &k, const torch::Tensor &v,
                                 const torch::Tensor &visible, const torch::Tensor &bias, double scale)
{
    return bias.defined() ? attentionWithScores(q, k, v, visible, bias, scale) : attend(q, k, v, visible, Order::Any, scale);
}

}  // namespace athanor::tensor
