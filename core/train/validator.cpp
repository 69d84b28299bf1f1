// See validator.h.
#include "core/train/validator.h"

#include "core/model/held_out.h"
#include "core/tensor/guard.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace athanor::train {
namespace {

constexpr qint64 kWindowsAtLeast = 8;
constexpr quint64 kSeed = 0x76616c6964617465;  // the same for every run

QString tr(const char *text) { return QCoreApplication::translate("athanor::train", text); }

/// 2·TP / (2·TP + FP + FN), as the mean over the labels that occur or are given; K × K counts, [wanted][given].
double macroF1Of(const std::vector<std::vector<qint64>> &confusion)
{
    double sum = 0;
    int labels = 0;
    for (size_t k = 0; k < confusion.size(); ++k) {
        qint64 wanted = 0, given = 0;
        for (size_t other = 0; other < confusion.size(); ++other) {
            wanted += confusion[k][other];
            given += confusion[other][k];
        }
        if (wanted + given == 0)
            continue;
        sum += 2.0 * double(confusion[k][k]) / double(wanted + given);
        ++labels;
    }
    return labels > 0 ? sum / labels : 0;
}

}  // namespace

struct Validator::Sums {
    double loss = 0;
    TargetCount counted;
    std::vector<std::vector<qint64>> confusion;  // labels
    qint64 hidden = 0, found = 0;                // tokens that an objective hides
    qint64 pairs = 0, rightPairs = 0;            // next sentence
};

Result<Validator> Validator::create(const tokenizer::TokenShards &data, const std::vector<qint32> &tokenByteCounts,
                                    qint64 length, qint64 batch, Extent extent)
{
    const qint64 total = data.tokenCount();
    if (total < 2)
        return fail(ErrorCode::InvalidInput, tr("The held-out part has no text."));
    Validator validator;
    validator.m_data = &data;
    validator.m_byteCounts = &tokenByteCounts;
    validator.m_batch = std::max<qint64>(1, batch);
    validator.m_length = std::min(length, total - 1);
    const qint64 possible = (total - 1) / validator.m_length;
    const qint64 wanted = std::max(kWindowsAtLeast, model::kTokensPerMeasurement / validator.m_length);
    const qint64 count = extent == Extent::All ? possible : std::min(possible, wanted);
    for (qint64 i = 0; i < count; ++i)
        validator.m_starts.push_back(i * possible / count * validator.m_length);
    return validator;
}

Result<Validator> Validator::forRecords(const adapt::Records &records, const std::vector<qint32> &tokenByteCounts,
                                        adapt::BatchSettings settings, Extent extent)
{
    settings.order = adapt::Order::AsStored;
    ATHANOR_ASSIGN(adapt::RecordBatches batches, adapt::RecordBatches::create(records, settings));
    Validator validator;
    validator.m_byteCounts = &tokenByteCounts;
    validator.m_batch = settings.rows;
    const qint64 possible = batches.rowsPerPass();
    const qint64 perRow = std::max<qint64>(1, batches.tokensPerPass() / possible);
    const qint64 wanted = std::max(kWindowsAtLeast, model::kTokensPerMeasurement / perRow);
    const qint64 count = extent == Extent::All ? possible : std::min(possible, wanted);
    for (qint64 i = 0; i < count; ++i)
        validator.m_starts.push_back(i * possible / count);
    validator.m_records = std::move(batches);
    return validator;
}

void Validator::setObjective(const ChosenObjective &objective, const TokenTables &tables)
{
    m_objective = objective;
    m_tables = &tables;
}

void Validator::thin(double share)
{
    const size_t count = m_starts.size(), kept = std::clamp<size_t>(size_t(std::llround(share * double(count))), std::min<size_t>(4, count), count);
    for (size_t i = 0; i < kept; ++i)
        m_starts[i] = m_starts[i * count / kept];
    m_starts.resize(kept);
}

/// The windows from number `first` on; every validation asks the same of them.
Result<network::Batch> Validator::windows(size_t first) const
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
    if (prepared && m_confines)
        train::confineToDocuments(*prepared, m_tables->ids.end);
    return prepared;
}

/// The rows from number `first` on, as many as are measured together.
Result<network::Batch> Validator::rowsFrom(size_t first) const
{
    if (!m_records)
        return windows(first);
    const std::vector<qint64> chosen(m_starts.begin() + std::ptrdiff_t(first),
                                     m_starts.begin() + std::ptrdiff_t(std::min(m_starts.size(), first + size_t(m_batch))));
    return tensor::guarded(tr("preparing held-out records"), [&] { return m_records->rows(chosen); });
}

Status Validator::addTokens(network::Model &model, const network::Batch &read, Sums &sums) const
{
    const TargetCount targets = countTargets(read, *m_byteCounts);
    ATHANOR_ASSIGN(const torch::Tensor losses, model.perTokenLoss(read));
    ATHANOR_TRY(tensor::guarded(tr("adding up"), [&] { sums.loss += losses.to(torch::kDouble).sum().item<double>(); }));
    sums.counted.tokens += targets.tokens;
    sums.counted.bytes += targets.bytes;
    return {};
}

/// Few tokens of a row are asked for: their loss and whether they are the likeliest, in one pass.
Status Validator::addHidden(network::Model &model, const network::Batch &read, Sums &sums) const
{
    const TargetCount targets = countTargets(read, *m_byteCounts);
    sums.counted.tokens += targets.tokens;
    sums.counted.bytes += targets.bytes;
    if (targets.tokens > 0) {
        ATHANOR_ASSIGN(const torch::Tensor logits, model.targetLogits(read));  // (N, V)
        ATHANOR_TRY(tensor::guarded(tr("adding up"), [&] {
            const torch::Tensor wanted = read.targets.flatten().masked_select(read.targets.flatten().ge(0));
            sums.loss -= torch::log_softmax(logits, 1).gather(1, wanted.unsqueeze(1)).to(torch::kDouble).sum().item<double>();
            sums.found += logits.argmax(1).eq(wanted).sum().item<int64_t>();
            sums.hidden += wanted.numel();
        }));
    }
    if (!read.labels.defined() || !model.hasLabelHead())
        return {};
    ATHANOR_ASSIGN(const torch::Tensor labels, model.labelLogits(read));  // (B, K)
    return tensor::guarded(tr("adding up"), [&] {
        sums.rightPairs += labels.argmax(1).eq(read.labels).sum().item<int64_t>();
        sums.pairs += read.labels.ge(0).sum().item<int64_t>();
    });
}

Status Validator::addLabels(network::Model &model, const network::Batch &read, Sums &sums) const
{
    ATHANOR_ASSIGN(const torch::Tensor logits, model.labelLogits(read));  // (B, K)
    return tensor::guarded(tr("adding up"), [&] {
        const torch::Tensor likelihoods = torch::log_softmax(logits.to(torch::kDouble), 1);
        const torch::Tensor given = logits.argmax(1);
        const auto labels = size_t(logits.size(1));
        sums.confusion.resize(labels, std::vector<qint64>(labels, 0));
        for (int64_t row = 0; row < logits.size(0); ++row) {
            const auto wanted = read.labels[row].item<int64_t>();
            if (wanted < 0)
                continue;
            sums.loss -= likelihoods[row][wanted].item<double>();
            ++sums.confusion[size_t(wanted)][size_t(given[row].item<int64_t>())];
            ++sums.counted.tokens;
        }
    });
}

Result<ValidationScore> Validator::run(network::Model &model, const CancelToken &cancel) const
{
    Sums sums;
    for (size_t first = 0; first < m_starts.size(); first += size_t(m_batch)) {
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Measuring was stopped."));
        ATHANOR_ASSIGN(const network::Batch read, rowsFrom(first));
        const bool hidesTokens = !m_records && m_objective.objective && !read.encoderIds.defined() && read.targets.lt(0).any().item<bool>();
        ATHANOR_TRY(hidesTokens ? addHidden(model, read, sums) : read.targets.defined() ? addTokens(model, read, sums) : addLabels(model, read, sums));
    }
    if (!std::isfinite(sums.loss))
        return fail(ErrorCode::Diverged, tr("The loss on held-out text is not a finite number."),
                    tr("Start again with a lower learning rate. The last good checkpoint is kept."),
                    tr("the loss on held-out text is not a finite number"));
    ValidationScore score;
    score.tokens = sums.counted.tokens;
    score.loss = sums.loss / double(std::max<qint64>(1, score.tokens));
    score.perplexity = std::exp(score.loss);
    if (sums.hidden > 0)
        score.maskedAccuracy = double(sums.found) / double(sums.hidden);
    if (sums.pairs > 0)
        score.nextSentenceAccuracy = double(sums.rightPairs) / double(sums.pairs);
    if (sums.confusion.empty()) {
        score.bitsPerByte = sums.loss / std::log(2.0) / std::max(1.0, sums.counted.bytes);
        return score;
    }
    qint64 right = 0;
    for (size_t k = 0; k < sums.confusion.size(); ++k)
        right += sums.confusion[k][k];
    score.accuracy = double(right) / double(std::max<qint64>(1, score.tokens));
    score.macroF1 = macroF1Of(sums.confusion);
    return score;
}

}  // namespace athanor::train
