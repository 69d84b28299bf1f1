// See sequence_to_sequence.h.
#include "plugins/objective/sequence_to_sequence/sequence_to_sequence.h"

#include <QCoreApplication>

namespace athanor::train {

Result<network::Batch> sequenceToSequenceBatch(const torch::Tensor &windows, const ObjectiveContext &context)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("athanor::train", text); };
    if (windows.dim() != 2 || windows.size(1) < 2)
        return fail(ErrorCode::InvalidInput, tr("A window must have at least two tokens."));
    if (context.ids.decoderStart < 0)
        return fail(ErrorCode::InvalidInput, tr("The tokenizer has no token with which the answer could begin."),
                    tr("Take the tokenizer that came with the model, or create the model with a larger vocabulary."));
    const int64_t length = windows.size(1);
    const double share = context.settings.value(QLatin1String("source_share")).toDouble(0.5);
    const int64_t read = std::clamp<int64_t>(std::llround(share * double(length)), 1, length - 1);
    const int64_t written = length - read;
    network::Batch batch;
    batch.encoderIds = windows.slice(1, 0, read).contiguous();    // (B, S)
    batch.targets = windows.slice(1, read, length).contiguous();  // (B, T)
    batch.ids = torch::full_like(batch.targets, context.ids.decoderStart);
    batch.ids.slice(1, 1, written).copy_(batch.targets.slice(1, 0, written - 1));
    return batch;
}

}  // namespace athanor::train
