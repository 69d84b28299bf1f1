// See sample_row.h.
#include "core/train/sample_row.h"

#include <limits>

namespace athanor::train {
namespace {

torch::Tensor beginningOf(const torch::Tensor &rows)
{
    if (!rows.defined() || rows.dim() < 2)
        return rows.defined() ? rows.slice(0, 0, 1).contiguous() : rows;
    return rows.slice(0, 0, 1).slice(1, 0, kSampleTokens).contiguous();
}

std::vector<int64_t> numbersOf(const torch::Tensor &row)
{
    const torch::Tensor plain = row.to(at::kCPU).contiguous();
    return {plain.data_ptr<int64_t>(), plain.data_ptr<int64_t>() + plain.numel()};
}

bool asksForTheNext(const std::vector<int64_t> &ids, const std::vector<int64_t> &targets)
{
    for (size_t t = 0; t + 1 < ids.size() && t < targets.size(); ++t)
        if (targets[t] >= 0 && targets[t] != ids[t + 1])
            return false;
    return !targets.empty();
}

/// The ids of the text: hidden ones as they should be, and the last one that is asked for.
std::vector<int64_t> textOf(const std::vector<int64_t> &ids, const std::vector<int64_t> &targets, bool isShifted)
{
    std::vector<int64_t> text = ids;
    for (size_t t = 0; t < targets.size() && !isShifted; ++t)
        if (targets[t] >= 0)
            text[t] = targets[t];
    if (isShifted && targets.back() >= 0)
        text.push_back(targets.back());
    return text;
}

}  // namespace

SampleRow sampleRow(const network::Batch &batch, const tokenizer::Tokenizer &tokenizer)
{
    SampleRow row;
    for (auto member : {&network::Batch::ids, &network::Batch::targets, &network::Batch::segments, &network::Batch::positions,
                        &network::Batch::tokenTypes, &network::Batch::encoderIds, &network::Batch::encoderSegments, &network::Batch::labels})
        row.batch.*member = beginningOf(batch.*member);
    const std::vector<int64_t> ids = numbersOf(row.batch.ids);
    const std::vector<int64_t> targets = row.batch.targets.defined() ? numbersOf(row.batch.targets) : std::vector<int64_t>();
    row.isShifted = asksForTheNext(ids, targets);
    for (const int64_t id : textOf(ids, targets, row.isShifted)) {
        const bool isKnown = id >= 0 && id < tokenizer.vocabularySize();
        const QString text = isKnown ? QString::fromUtf8(tokenizer.tokenBytes(qint32(id))) : QString();
        row.tokens += text.isEmpty() && isKnown ? tokenizer.tokenText(qint32(id)) : text;
    }
    return row;
}

std::vector<double> lossesByToken(const SampleRow &row, const torch::Tensor &losses)
{
    const torch::Tensor numbers = losses.to(at::kCPU, at::kFloat).contiguous();
    const std::vector<int64_t> targets = numbersOf(row.batch.targets);
    std::vector<double> byToken(size_t(row.tokens.size()), std::numeric_limits<double>::quiet_NaN());
    for (size_t t = 0; t < targets.size(); ++t) {
        const size_t place = t + (row.isShifted ? 1 : 0);
        if (targets[t] >= 0 && place < byToken.size())
            byToken[place] = double(numbers.data_ptr<float>()[t]);
    }
    return byToken;
}

}  // namespace athanor::train
