// See next_token.h.
#include "plugins/objective/next_token/next_token.h"

namespace athanor::train {

Result<network::Batch> nextTokenBatch(const torch::Tensor &windows)
{
    if (windows.dim() != 2 || windows.size(1) < 2)
        return fail(ErrorCode::InvalidInput, QStringLiteral("A window must have at least two tokens."));
    const int64_t length = windows.size(1) - 1;
    network::Batch batch;
    batch.ids = windows.slice(1, 0, length).contiguous();          // (B, T)
    batch.targets = windows.slice(1, 1, length + 1).contiguous();  // (B, T)
    return batch;
}

}  // namespace athanor::train
