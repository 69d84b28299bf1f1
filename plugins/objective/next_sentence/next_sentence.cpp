// See next_sentence.h.
#include "plugins/objective/next_sentence/next_sentence.h"

#include "core/train/objective_tools.h"
#include "plugins/objective/masked_tokens/masked_tokens.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

constexpr int64_t kMarks = 3;  // [CLS], [SEP], [SEP]

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

}  // namespace

Result<network::Batch> nextSentenceBatch(const torch::Tensor &windows, const ObjectiveContext &context)
{
    if (windows.dim() != 2 || windows.size(1) < kMarks + 2 || (windows.size(0) < 2 && context.training))
        return fail(ErrorCode::InvalidInput, tr("Following text is learned from batches of at least two windows."),
                    tr("Choose a batch of two or more."));
    if (context.ids.begin < 0 || context.ids.separator < 0)
        return fail(ErrorCode::InvalidInput, tr("The tokenizer has no tokens for the beginning and the end of a passage."),
                    tr("Take the tokenizer that came with the model, or train for hidden words alone."));
    const int64_t rows = windows.size(0), length = windows.size(1);
    const int64_t first = (length - kMarks) / 2, second = length - kMarks - first;
    const torch::Tensor source = windows.contiguous();
    network::Batch batch;
    batch.ids = torch::empty({rows, length}, torch::kInt64);
    batch.tokenTypes = torch::zeros({rows, length}, torch::kInt64);
    batch.labels = torch::zeros({rows}, torch::kInt64);
    batch.tokenTypes.slice(1, first + 2, length).fill_(1);
    for (int64_t row = 0; row < rows; ++row) {
        const tensor::RandomKey key = rowKey(context, "next_sentence", row);
        const bool follows = rows == 1 || tensor::randomUniform(key, 0) < 0.5F;
        const int64_t from = follows ? row : (row + 1 + int64_t(tensor::randomBelow(key, 1, uint64_t(rows - 1)))) % rows;
        int64_t *ids = batch.ids.data_ptr<int64_t>() + row * length;
        *ids++ = context.ids.begin;
        ids = std::copy_n(source.data_ptr<int64_t>() + row * length, first, ids);
        *ids++ = context.ids.separator;
        ids = std::copy_n(source.data_ptr<int64_t>() + from * length + first, second, ids);
        *ids = context.ids.separator;
        batch.labels.data_ptr<int64_t>()[row] = follows ? 0 : 1;
    }
    ATHANOR_TRY(maskTokens(batch.ids, batch.targets, context));
    return batch;
}

}  // namespace athanor::train
