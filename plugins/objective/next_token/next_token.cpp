// See next_token.h.
#include "plugins/objective/next_token/next_token.h"

namespace athanor::train {

Result<torch::Tensor> nextTokenLoss(network::Model &model, const torch::Tensor &windows, network::Pass &pass)
{
    if (windows.dim() != 2 || windows.size(1) < 2)
        return fail(ErrorCode::InvalidInput, QStringLiteral("A window must have at least two tokens."));
    const int64_t length = windows.size(1) - 1;
    const torch::Tensor ids = windows.slice(1, 0, length).contiguous();          // (B, T)
    const torch::Tensor targets = windows.slice(1, 1, length + 1).contiguous();  // (B, T)
    return model.loss(ids, targets, pass);
}

}  // namespace athanor::train
