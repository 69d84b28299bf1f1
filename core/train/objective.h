// What a model is trained for. Role: the interface of plugins of kind "objective": from windows of the token stream
// to a loss with gradients. Letters: B batch, T time. Thread: one call at a time.
#pragma once

#include "core/network/model.h"

#include <QtPlugin>

namespace athanor::train {

class ATHANOR_EXPORT Objective {
public:
    virtual ~Objective() = default;
    /// Tokens that a window has beyond the context T (1 for next-token prediction: the last target).
    virtual int64_t extraTokens() const = 0;
    /// windows (B, T + extraTokens()) int64. Mean loss in nats, scalar f32 with gradients.
    virtual Result<torch::Tensor> loss(network::Model &model, const torch::Tensor &windows,
                                       network::Pass &pass) const = 0;
};

}  // namespace athanor::train

Q_DECLARE_INTERFACE(athanor::train::Objective, "athanor.Objective/1")
