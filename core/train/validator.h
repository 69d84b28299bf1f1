// How well the model does on held-out data during a run. Role: the same rows every time, evenly spaced over the held-out
// part, few enough to cost a small share of the run. The complete figure comes at the end. Thread: one.
#pragma once

#include "core/adapt/record_batches.h"
#include "core/network/model.h"
#include "core/tokenizer/token_shard.h"
#include "core/train/objective_tools.h"

#include <functional>
#include <limits>
#include <optional>

namespace athanor::train {

struct ValidationScore {
    double loss = 0;  // nats per token (or label) that was asked for
    double perplexity = 0;
    double bitsPerByte = 0;  // 0 where no bytes stand behind what was asked (labels)
    qint64 tokens = 0;
    double accuracy = std::numeric_limits<double>::quiet_NaN();  // of labels, else not a number
    double macroF1 = std::numeric_limits<double>::quiet_NaN();   // mean over the labels that occur
    double maskedAccuracy = std::numeric_limits<double>::quiet_NaN();        // share of hidden tokens that are found
    double nextSentenceAccuracy = std::numeric_limits<double>::quiet_NaN();  // of an objective that asks for it
    double ownLoss = std::numeric_limits<double>::quiet_NaN();      // where a mean of the weights is kept: theirs,
    double averageLoss = std::numeric_limits<double>::quiet_NaN();  // and its; the score is that of the better
};

class ATHANOR_EXPORT Validator {
public:
    /// `data` may be shorter than a window of `length`; at least 2 tokens. Both outlive the validator.
    enum class Extent { Some, All };
    static Result<Validator> create(const tokenizer::TokenShards &data, const std::vector<qint32> &tokenByteCounts,
                                    qint64 length, qint64 batch, Extent extent = Extent::Some);
    /// Held-out records in their order; all, or about as many as a text's. The records outlive the validator.
    static Result<Validator> forRecords(const adapt::Records &records, const std::vector<qint32> &tokenByteCounts,
                                        adapt::BatchSettings settings, Extent extent);
    /// What the model is asked for on a text; without it the next token. `tables` outlives the validator.
    void setObjective(const ChosenObjective &objective, const TokenTables &tables);
    /// Of a text: attention within documents, as the run is trained; after setObjective().
    void confineToDocuments() { m_confines = true; }
    /// Keeps this share of the rows, evenly spaced, at least four: for a model that takes long.
    void thin(double share);
    qint64 rowCount() const { return qint64(m_starts.size()); }
    /// The first rows that it measures.
    Result<network::Batch> firstRows() const { return rowsFrom(0); }
    /// Diverged when the loss is not a number; Cancelled between two batches.
    Result<ValidationScore> run(network::Model &model, const CancelToken &cancel = {}) const;

private:
    struct Sums;
    Validator() = default;
    Result<network::Batch> windows(size_t first) const;
    Result<network::Batch> rowsFrom(size_t first) const;
    Status addTokens(network::Model &model, const network::Batch &read, Sums &sums) const;
    Status addHidden(network::Model &model, const network::Batch &read, Sums &sums) const;
    Status addLabels(network::Model &model, const network::Batch &read, Sums &sums) const;

    const tokenizer::TokenShards *m_data = nullptr;
    const std::vector<qint32> *m_byteCounts = nullptr;
    std::vector<qint64> m_starts;  // windows, or rows of m_records
    qint64 m_length = 0;  // T
    qint64 m_batch = 1;
    ChosenObjective m_objective;
    const TokenTables *m_tables = nullptr;
    bool m_confines = false;
    std::optional<adapt::RecordBatches> m_records;
};

}  // namespace athanor::train
