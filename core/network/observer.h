// Who watches forward passes. Role: what layers and the model tell while a guard lives, as LibTorch's guards switch
// gradients off: for this thread, and without a word in any interface. It only reads: a pass gives the same numbers with
// it and without. What a layer tells belongs to the place that stream() names next. Letters: B batch, T time,
// C channels, F hidden units, H heads. Thread: the pass's.
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

#include <string>

namespace athanor::network {

class ATHANOR_EXPORT PassObserver {
public:
    virtual ~PassObserver();
    /// (B, T, C) behind the layer or branch at `name`: "tok", "blocks.0" (once for each of a block's branches).
    virtual void stream(const std::string &name, const torch::Tensor &x) = 0;
    /// (B, T, F): what the activation of a feed-forward layer made of its hidden units (of gated ones, the gates).
    virtual void units(const torch::Tensor &activations) = 0;
    /// (H) f32: mean entropy of an attention's weights, nats; of a text on itself, and of a decoder on the encoder's text.
    virtual void attention(const torch::Tensor &entropies) = 0;
    virtual void crossAttention(const torch::Tensor &entropies) = 0;

    /// Who watches the passes of this thread; nearly always null.
    static PassObserver *current();
};

/// While it lives, `observer` watches the passes of this thread; null: nobody does.
class ATHANOR_EXPORT ObserverGuard {
public:
    explicit ObserverGuard(PassObserver *observer);
    ~ObserverGuard();
    ObserverGuard(const ObserverGuard &) = delete;
    ObserverGuard &operator=(const ObserverGuard &) = delete;

private:
    PassObserver *m_before;
};

}  // namespace athanor::network
