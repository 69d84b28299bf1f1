// See validator.h.
#include "core/train/validator.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

constexpr qint64 kTokensWanted = 16'384;
constexpr qint64 kWindowsAtLeast = 8;

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

}  // namespace

Result<Validator> Validator::create(const tokenizer::TokenShards &data, const std::vector<qint32> &tokenByteCounts,
                                    qint64 context, qint64 batch)
{
    const qint64 total = data.tokenCount();
    if (total < 2)
        return fail(ErrorCode::InvalidInput, tr("The held-out part has no text."));
    Validator validator;
    validator.m_data = &data;
    validator.m_byteCounts = &tokenByteCounts;
    validator.m_batch = std::max<qint64>(1, batch);
    validator.m_length = std::min(context, total - 1);
    const qint64 possible = (total - 1) / validator.m_length;
    const qint64 wanted = std::max(kWindowsAtLeast, kTokensWanted / validator.m_length);
    const qint64 count = std::min(possible, wanted);
    for (qint64 i = 0; i < count; ++i)
        validator.m_starts.push_back(i * possible / count * validator.m_length);
    return validator;
}

Result<ValidationScore> Validator::run(network::Model &model) const
{
    double sum = 0, bytes = 0;
    for (size_t first = 0; first < m_starts.size(); first += size_t(m_batch)) {
        const qint64 rows = std::min<qint64>(m_batch, qint64(m_starts.size() - first));
        torch::Tensor ids, targets;  // (B, T) each
        ATHANOR_TRY(tensor::guarded(tr("preparing held-out text"), [&] {
            const torch::Tensor windows = torch::empty({rows, m_length + 1}, torch::kInt64);
            for (qint64 row = 0; row < rows; ++row) {
                int64_t *destination = windows.data_ptr<int64_t>() + row * (m_length + 1);
                m_data->copy(m_starts[first + size_t(row)], m_length + 1, reinterpret_cast<qint64 *>(destination));
                for (qint64 t = 1; t <= m_length; ++t) {
                    if (size_t(destination[t]) < m_byteCounts->size())
                        bytes += (*m_byteCounts)[size_t(destination[t])];
                }
            }
            ids = windows.slice(1, 0, m_length).contiguous();
            targets = windows.slice(1, 1, m_length + 1).contiguous();
        }));
        ATHANOR_ASSIGN(const torch::Tensor losses, model.perTokenLoss(ids, targets));
        ATHANOR_TRY(tensor::guarded(tr("adding up"), [&] { sum += losses.to(torch::kDouble).sum().item<double>(); }));
    }
    if (!std::isfinite(sum))
        return fail(ErrorCode::Diverged, tr("The loss on held-out text is not a finite number any more."),
                    tr("Start again with a lower learning speed. The last good checkpoint is kept."));
    ValidationScore score;
    score.tokens = tokenCount();
    score.loss = sum / double(score.tokens);
    score.perplexity = std::exp(score.loss);
    score.bitsPerByte = sum / std::log(2.0) / std::max(1.0, bytes);
    return score;
}

}  // namespace athanor::train
