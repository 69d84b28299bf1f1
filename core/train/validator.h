// How well the model does on held-out text during a run. Role: the same windows every time, evenly spaced over the
// validation tokens, few enough to cost a small share of the run. The complete figure comes at the end (core/score).
// Thread: one.
#pragma once

#include "core/network/model.h"
#include "core/tokenizer/token_shard.h"
#include "core/train/objective_tools.h"

namespace athanor::train {

struct ValidationScore {
    double loss = 0;  // nats per token that was asked for
    double perplexity = 0;
    double bitsPerByte = 0;
    qint64 tokens = 0;
};

class ATHANOR_EXPORT Validator {
public:
    /// `data` may be shorter than a window; at least 2 tokens. Both outlive the validator.
    static Result<Validator> create(const tokenizer::TokenShards &data, const std::vector<qint32> &tokenByteCounts,
                                    qint64 context, qint64 batch);
    /// What the model is asked for; without it the next token. `tables` outlives the validator.
    void setObjective(const ChosenObjective &objective, const TokenTables &tables);
    /// Diverged when the loss is not a number.
    Result<ValidationScore> run(network::Model &model) const;
    qint64 tokenCount() const { return qint64(m_starts.size()) * m_length; }

private:
    Validator() = default;
    Result<network::Batch> batch(size_t first) const;
    const tokenizer::TokenShards *m_data = nullptr;
    const std::vector<qint32> *m_byteCounts = nullptr;
    std::vector<qint64> m_starts;
    qint64 m_length = 0;  // T
    qint64 m_batch = 1;
    ChosenObjective m_objective;
    const TokenTables *m_tables = nullptr;
};

}  // namespace athanor::train
