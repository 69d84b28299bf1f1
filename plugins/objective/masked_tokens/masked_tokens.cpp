// See masked_tokens.h.
#include "plugins/objective/masked_tokens/masked_tokens.h"

#include "core/train/objective_tools.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

constexpr double kMaskShare = 0.8, kReplaceShare = 0.1;
constexpr int kDrawLimit = 100;

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

bool isSpecial(int64_t id, const ObjectiveContext &context)
{
    const SpecialIds &ids = context.ids;
    const bool isMark = id == ids.begin || id == ids.separator || id == ids.end || id == ids.mask || id == ids.padding;
    return isMark || id >= context.vocabulary || (context.isSpecial && (*context.isSpecial)[size_t(id)]);
}

/// Positions that may be hidden, those of a word together.
std::vector<std::vector<int64_t>> candidates(const int64_t *row, int64_t length, const ObjectiveContext &context)
{
    const bool wholeWords = context.settings.value(QLatin1String("whole_words")).toBool() && context.continuesWord;
    std::vector<std::vector<int64_t>> words;
    bool mayContinue = false;
    for (int64_t t = 0; t < length; ++t) {
        const bool isText = !isSpecial(row[t], context);
        if (isText && mayContinue && wholeWords && (*context.continuesWord)[size_t(row[t])])
            words.back().push_back(t);
        else if (isText)
            words.push_back({t});
        mayContinue = isText;
    }
    return words;
}

/// Any token of the vocabulary but the special ones.
int64_t otherToken(const tensor::RandomKey &key, int64_t position, const ObjectiveContext &context)
{
    for (int draw = 0; draw < kDrawLimit; ++draw) {
        const auto id = int64_t(tensor::randomBelow(key, uint64_t(position) * kDrawLimit + uint64_t(draw), uint64_t(context.vocabulary)));
        if (!isSpecial(id, context))
            return id;
    }
    return context.ids.mask;
}

void maskRow(int64_t *row, int64_t *targets, int64_t length, int64_t index, const ObjectiveContext &context)
{
    const auto words = candidates(row, length, context);
    int64_t count = 0;
    for (const auto &word : words)
        count += int64_t(word.size());
    const double share = context.settings.value(QLatin1String("share")).toDouble(0.15);
    const int64_t wanted = std::max<int64_t>(1, std::llround(share * double(count)));
    const tensor::RandomKey fate = rowKey(context, "masked_tokens.fate", index);
    const tensor::RandomKey other = rowKey(context, "masked_tokens.other", index);
    int64_t taken = 0;
    for (const int64_t chosen : randomOrder(rowKey(context, "masked_tokens.choice", index), int64_t(words.size()))) {
        const std::vector<int64_t> &word = words[size_t(chosen)];
        if (taken > 0 && taken + int64_t(word.size()) > wanted)
            continue;
        for (const int64_t t : word) {
            targets[t] = row[t];
            const double drawn = tensor::randomUniform(fate, uint64_t(t));
            if (drawn < kMaskShare)
                row[t] = context.ids.mask;
            else if (drawn < kMaskShare + kReplaceShare)
                row[t] = otherToken(other, t, context);
        }
        taken += int64_t(word.size());
        if (taken >= wanted)
            break;
    }
}

}  // namespace

Status maskTokens(torch::Tensor &ids, torch::Tensor &targets, const ObjectiveContext &context)
{
    if (context.ids.mask < 0)
        return fail(ErrorCode::InvalidInput, tr("The tokenizer has no mask token, and the model has no room for one."),
                    tr("Take the tokenizer that came with the model, or create the model with a larger vocabulary."));
    targets = torch::full_like(ids, -1);
    for (int64_t row = 0; row < ids.size(0); ++row)
        maskRow(ids.data_ptr<int64_t>() + row * ids.size(1), targets.data_ptr<int64_t>() + row * ids.size(1), ids.size(1), row, context);
    return {};
}

Result<network::Batch> maskedTokensBatch(const torch::Tensor &windows, const ObjectiveContext &context)
{
    const bool isFramed = context.ids.begin >= 0 && context.ids.separator >= 0;
    if (windows.dim() != 2 || windows.size(1) < (isFramed ? 3 : 1))
        return fail(ErrorCode::InvalidInput, tr("A window is too short to hide tokens in it."));
    network::Batch batch;
    batch.ids = windows.clone(at::MemoryFormat::Contiguous);  // (B, T)
    if (isFramed) {
        const int64_t length = windows.size(1);
        batch.ids.select(1, 0).fill_(context.ids.begin);
        batch.ids.slice(1, 1, length - 1).copy_(windows.slice(1, 0, length - 2));
        batch.ids.select(1, length - 1).fill_(context.ids.separator);
    }
    ATHANOR_TRY(maskTokens(batch.ids, batch.targets, context));
    return batch;
}

}  // namespace athanor::train
