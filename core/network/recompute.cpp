#include "core/network/recompute.h"

#include "core/network/observer.h"

#include <torch/csrc/autograd/autograd.h>
#include <torch/custom_class.h>

#include <array>

namespace athanor::network {

namespace {

using torch::Tensor;
using torch::autograd::AutogradContext;
using torch::autograd::variable_list;

/// Everything that a stretch reads and writes, as tensors: what flows, and what layers leave in the Pass for others.
constexpr size_t kTensors = 4;
using Tensors = std::array<Tensor, kTensors>;

Tensors tensorsOf(const Flow &flow, const Pass &pass) { return {flow.stream, flow.pending, pass.encoded, pass.scoreBias}; }

struct Kept final : torch::CustomClassHolder {
    Kept(const Stretch &run, const Pass &before) : stretch(run), pass(before) { pass.encoded = pass.scoreBias = Tensor(); }
    Stretch stretch;
    Pass pass;                             // as it was before the stretch, without what comes in as a tensor
    std::array<bool, kTensors> isInput{};  // defined; an empty tensor stands for one that is not
    std::array<bool, kTensors> isOutput{}; // defined, and not what came in
};

// As leaves of a graph of their own, which the stretch makes both times: some layers compute in another way without one.
Tensors leavesOf(const Tensors &tensors)
{
    Tensors leaves;
    for (size_t i = 0; i < kTensors; ++i)
        if (tensors[i].defined())
            leaves[i] = tensors[i].detach().set_requires_grad(tensors[i].requires_grad());
    return leaves;
}

Tensors runStretch(const Stretch &stretch, const Tensors &in, Pass &pass)
{
    const at::AutoGradMode withGradients(true);
    pass.encoded = in[2];
    pass.scoreBias = in[3];
    return tensorsOf(stretch({in[0], in[1]}, pass), pass);
}

class Recompute final : public torch::autograd::Function<Recompute> {
public:
    static variable_list forward(AutogradContext *ctx, const Tensor &stream, const Tensor &pending, const Tensor &encoded,
                                 const Tensor &scoreBias, const Tensor & /*anchor*/, const c10::intrusive_ptr<Kept> &kept,
                                 Pass &pass)
    {
        Tensors in{stream, pending, encoded, scoreBias};
        for (size_t i = 0; i < kTensors; ++i)
            if (!kept->isInput[i])
                in[i] = Tensor();
        const Tensors leaves = leavesOf(in), out = runStretch(kept->stretch, leaves, pass);
        variable_list results;
        for (size_t i = 0; i < kTensors; ++i) {
            kept->isOutput[i] = out[i].defined() && (i < 2 || !out[i].is_same(leaves[i]));
            if (kept->isOutput[i])
                results.push_back(out[i].detach());  // its graph goes now
        }
        ctx->save_for_backward({in.begin(), in.end()});
        ctx->set_materialize_grads(false);
        ctx->saved_data["kept"] = c10::IValue::make_capsule(kept);
        return results;
    }

    static variable_list backward(AutogradContext *ctx, const variable_list &gradients)
    {
        const auto kept = c10::static_intrusive_pointer_cast<Kept>(ctx->saved_data["kept"].toCapsule());
        const variable_list saved = ctx->get_saved_variables();
        const Tensors in = leavesOf({saved[0], saved[1], saved[2], saved[3]});
        const ObserverGuard unwatched(nullptr);  // it was seen the first time
        Pass pass = kept->pass;
        const Tensors out = runStretch(kept->stretch, in, pass);
        variable_list roots, seeds;
        for (size_t i = 0, next = 0; i < kTensors; ++i) {
            if (!kept->isOutput[i])
                continue;
            const Tensor &gradient = gradients[next++];
            if (gradient.defined() && out[i].requires_grad()) {
                roots.push_back(out[i]);
                seeds.push_back(gradient);
            }
        }
        if (!roots.empty())
            torch::autograd::backward(roots, seeds);
        variable_list results(kTensors + 3);  // the anchor, what is kept and the pass have none
        for (size_t i = 0; i < kTensors; ++i)
            if (in[i].defined())
                results[i] = in[i].grad();
        return results;
    }
};

}  // namespace

Flow recomputed(const Stretch &stretch, const Flow &flow, Pass &pass, bool learns)
{
    // Where only parameters want gradients, an empty tensor that wants one too makes the stretch part of the graph.
    const Tensor anchor = torch::empty({0}).set_requires_grad(learns);
    const auto kept = c10::make_intrusive<Kept>(stretch, pass);
    const Tensors in = tensorsOf(flow, pass);
    for (size_t i = 0; i < kTensors; ++i)
        kept->isInput[i] = in[i].defined();
    const auto given = [&](size_t i) { return in[i].defined() ? in[i] : torch::empty({0}); };
    const variable_list results = Recompute::apply(given(0), given(1), given(2), given(3), anchor, kept, pass);
    Tensors out{Tensor(), Tensor(), in[2], in[3]};
    for (size_t i = 0, next = 0; i < kTensors; ++i)
        if (kept->isOutput[i])
            out[i] = results[next++];
    pass.encoded = out[2];
    pass.scoreBias = out[3];
    return {out[0], out[1]};
}

}  // namespace athanor::network
