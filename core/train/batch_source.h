// Where a run's batches come from: windows of a token stream in the hands of an objective, or records. Role: what the
// trainer reads; a batch is a function of (data, seed, step, micro). Letters: B batch, T time. Thread: one.
#pragma once

#include "core/adapt/record_batches.h"
#include "core/tokenizer/token_shard.h"
#include "core/train/objective_tools.h"
#include "core/train/run_settings.h"
#include "core/train/token_windows.h"

namespace athanor::train {

class ATHANOR_EXPORT BatchSource {
public:
    virtual ~BatchSource() = default;
    /// What the model reads and is asked for in micro-batch `micro` (from 0) of update `step` (from 1).
    virtual Result<network::Batch> batch(qint64 step, qint64 micro) const = 0;
    /// How long the run is, as far as it is known; what changes over the run goes by it.
    virtual void setCourse(const StepCourse &) {}
    /// Passes over the data after `steps` updates.
    virtual double passesAt(qint64 steps) const = 0;
    /// The same for each source, as TokenWindows::sourcesAt().
    virtual QJsonArray sourcesAt(qint64) const { return {}; }
    /// Tokens that an update reads, on average; and those of one pass over the data.
    virtual double tokensPerStep() const = 0;
    virtual double tokensPerPass() const = 0;
    /// What the batch of an update is made of: documents by their place in the split, each once, ascending.
    virtual std::vector<qint64> documents(qint64 step) const = 0;
    /// Tokens of a batch that count as read.
    virtual qint64 tokensOf(const network::Batch &batch) const = 0;
};

/// Windows of T tokens through an objective. The shards (or the mixture of their sources) and the tables outlive it.
class ATHANOR_EXPORT WindowSource final : public BatchSource {
public:
    /// `mixture`: null reads the text as it is. InvalidInput for what is no window, and where documents are to be seen one by
    /// one and cannot be.
    static Result<std::unique_ptr<WindowSource>> create(const tokenizer::TokenShards &data, const TokenTables &tables,
                                                        const ChosenObjective &objective, const RunSettings &settings,
                                                        qint64 length, const SourceMixture *mixture = nullptr);
    Result<network::Batch> batch(qint64 step, qint64 micro) const override;
    void setCourse(const StepCourse &course) override;
    double passesAt(qint64 steps) const override { return m_windows->passesAt(steps); }
    QJsonArray sourcesAt(qint64 steps) const override { return m_windows->sourcesAt(steps); }
    std::vector<qint64> documents(qint64 step) const override;
    double tokensPerStep() const override { return double(m_rows * m_accumulation * m_length); }
    double tokensPerPass() const override { return double(m_data->tokenCount()); }
    qint64 tokensOf(const network::Batch &) const override { return m_rows * m_length; }

private:
    WindowSource() = default;
    torch::Tensor windows(qint64 step, qint64 micro) const;
    void copyWindow(qint64 step, qint64 row, qint64 *destination) const;
    void announce(qint64 step) const;

    const tokenizer::TokenShards *m_data = nullptr;
    const TokenTables *m_tables = nullptr;
    ChosenObjective m_objective;
    std::unique_ptr<TokenWindows> m_windows;
    StepCourse m_course = {{0, 1}};
    SequenceWarmup m_warmup;
    qint64 m_rows = 1, m_accumulation = 1, m_length = 1;
    quint64 m_seed = 1;
    bool m_confines = false;  // attention to documents
};

/// Records, packed or one a row.
class ATHANOR_EXPORT RecordSource final : public BatchSource {
public:
    RecordSource(adapt::RecordBatches batches, qint64 accumulation)
        : m_batches(std::move(batches)), m_accumulation(accumulation)
    {
    }
    Result<network::Batch> batch(qint64 step, qint64 micro) const override;
    double passesAt(qint64 steps) const override;
    std::vector<qint64> documents(qint64 step) const override;
    double tokensPerStep() const override;
    double tokensPerPass() const override { return double(m_batches.tokensPerPass()); }
    qint64 tokensOf(const network::Batch &batch) const override;
    const adapt::RecordBatches &batches() const { return m_batches; }
    qint64 rowsPerStep() const { return m_batches.settings().rows * m_accumulation; }

private:
    adapt::RecordBatches m_batches;
    qint64 m_accumulation;
};

}  // namespace athanor::train
