// One update of the weights after another. Role: batches, forward, backward, accumulation, clipping, optimizer; it
// knows steps but neither budgets nor files. Letters: B batch, T time. Thread: one.
#pragma once

#include "core/network/model.h"
#include "core/tokenizer/token_shard.h"
#include "core/train/data_order.h"
#include "core/train/objective_tools.h"
#include "core/train/optimizer.h"
#include "core/train/run_settings.h"
#include "core/train/schedule.h"

namespace athanor::train {

struct StepReport {
    double loss = 0;           // mean over the update's tokens, nats
    double gradientNorm = 0;   // before clipping
    double learningRate = 0;
    double forwardSeconds = 0;
    double backwardSeconds = 0;
    double optimizerSeconds = 0;
    double bytesPerToken = 0;  // raw bytes that the predicted tokens stand for, per token
};

/// Everything a trainer stands on; all of it outlives the trainer.
struct TrainerParts {
    plugin::Catalogue *plugins = nullptr;
    QJsonObject architecture;
    const tokenizer::TokenShards *data = nullptr;
    const std::vector<qint32> *tokenByteCounts = nullptr;  // by id
    TokenTables tokens;  // empty: enough for objectives that need no special ids
    RunSettings settings;
    at::ScalarType dtype = at::kFloat;
    qint64 steps = 1;  // of the whole run, for the schedule
};

class ATHANOR_EXPORT Trainer {
public:
    /// Makes the model with weights that depend on the seed alone, and an optimizer with empty memory.
    static Result<std::unique_ptr<Trainer>> create(const TrainerParts &parts);

    /// Update number `step` (from 1). Diverged when loss or gradient is not a number: the weights are then unchanged.
    Result<StepReport> step(qint64 step);
    /// Steps of the whole run, for the schedule; a plan may be corrected on the way.
    void setSteps(qint64 steps) { m_parts.steps = steps; }

    network::Model &model() { return *m_model; }
    std::vector<TrainedParameter> &parameters() { return m_parameters; }
    Optimizer &optimizer() { return *m_optimizer; }
    qint64 tokensPerStep() const;
    const DataOrder &order() const { return m_order; }
    const ChosenObjective &objective() const { return m_objective; }
    const TokenTables &tokens() const { return m_parts.tokens; }
    /// After masters were written from outside: the model's weights again equal their rounded masters.
    Status weightsFromMasters();

private:
    Trainer(const TrainerParts &parts, DataOrder order) : m_parts(parts), m_order(order) {}
    Status build();
    torch::Tensor windows(qint64 step, qint64 micro) const;
    Result<network::Batch> batch(qint64 step, qint64 micro) const;
    Status accumulate(qint64 step, StepReport &report);
    Status collectGradients(qint64 micro);
    Status update(qint64 step, StepReport &report);

    TrainerParts m_parts;
    DataOrder m_order;
    std::shared_ptr<network::Model> m_model;
    std::vector<TrainedParameter> m_parameters;
    std::vector<torch::Tensor> m_sums;  // f32 gradient sums when accumulating
    ChosenObjective m_objective;
    Schedule *m_schedule = nullptr;
    std::unique_ptr<Optimizer> m_optimizer;
};

/// Bytes of text that each token stands for, by id; 0 for control tokens.
ATHANOR_EXPORT std::vector<qint32> tokenByteCounts(const tokenizer::Tokenizer &tokenizer);

/// The settings that a plugin's own schema knows, completed by its defaults.
ATHANOR_EXPORT Result<QJsonObject> settingsFor(const plugin::Metadata &plugin, const QJsonObject &settings);

}  // namespace athanor::train
