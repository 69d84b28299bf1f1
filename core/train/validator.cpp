// See validator.h.
#include "core/train/validator.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::train {
namespace {

constexpr qint64 kTokensWanted = 16'384;
constexpr qint64 kWindowsAtLeast = 8;
constexpr quint64 kSeed = 0x76616c6964617465;  // the same for every run

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

void Validator::setObjective(const ChosenObjective &objective, const TokenTables &tables)
{
    m_objective = objective;
    m_tables = &tables;
}

/// The windows from number `first` on; every validation asks the same of them.
Result<network::Batch> Validator::batch(size_t first) const
{
    const qint64 rows = std::min<qint64>(m_batch, qint64(m_starts.size() - first));
    const qint64 extra = m_objective.objective ? m_objective.objective->extraTokens() : 1;
    ATHANOR_ASSIGN(auto prepared, tensor::guarded(tr("preparing held-out text"), [&]() -> Result<network::Batch> {
        const torch::Tensor windows = torch::empty({rows, m_length + extra}, torch::kInt64);
        for (qint64 row = 0; row < rows; ++row)
            m_data->copy(m_starts[first + size_t(row)], m_length + extra,
                         reinterpret_cast<qint64 *>(windows.data_ptr<int64_t>() + row * (m_length + extra)));
        if (m_objective.objective) {
            ObjectiveContext context = objectiveContext(*m_tables, m_objective.settings);
            context.key = {kSeed, 0, 0};
            context.firstRow = int64_t(first);
            context.training = false;
            return m_objective.objective->prepare(windows, context);
        }
        network::Batch read;
        read.ids = windows.slice(1, 0, m_length).contiguous();
        read.targets = windows.slice(1, 1, m_length + 1).contiguous();
        return read;
    }));
    return prepared;
}

Result<ValidationScore> Validator::run(network::Model &model) const
{
    double sum = 0;
    TargetCount counted;
    for (size_t first = 0; first < m_starts.size(); first += size_t(m_batch)) {
        ATHANOR_ASSIGN(const network::Batch read, batch(first));
        const TargetCount targets = countTargets(read, *m_byteCounts);
        ATHANOR_ASSIGN(const torch::Tensor losses, model.perTokenLoss(read));
        ATHANOR_TRY(tensor::guarded(tr("adding up"), [&] { sum += losses.to(torch::kDouble).sum().item<double>(); }));
        counted.tokens += targets.tokens;
        counted.bytes += targets.bytes;
    }
    if (!std::isfinite(sum))
        return fail(ErrorCode::Diverged, tr("The loss on held-out text is not a finite number any more."),
                    tr("Start again with a lower learning speed. The last good checkpoint is kept."));
    ValidationScore score;
    score.tokens = counted.tokens;
    score.loss = sum / double(std::max<qint64>(1, score.tokens));
    score.perplexity = std::exp(score.loss);
    score.bitsPerByte = sum / std::log(2.0) / std::max(1.0, counted.bytes);
    return score;
}

}  // namespace athanor::train
