// One update of the weights after another. Role: forward, backward, accumulation, clipping, optimizer over what learns;
// it knows steps but neither budgets nor files. Letters: B batch, T time. Thread: one.
#pragma once

#include "core/model/width_scaling.h"
#include "core/network/model.h"
#include "core/train/averaging.h"
#include "core/train/batch_source.h"
#include "core/train/learning.h"
#include "core/train/loss_scale.h"
#include "core/train/micro_batch.h"
#include "core/train/optimizer.h"
#include "core/train/record_mixture.h"
#include "core/train/schedule.h"
#include "core/train/update_watch.h"

#include <functional>

namespace athanor::train {

/// Which of two sets the model file of a checkpoint holds.
enum class Holds { Weights, Average };

struct StepReport {
    double loss = 0;           // mean over the update's tokens (or labels) that were asked for, nats
    double objective = 0;      // what was minimised: the loss, what is added to it, and penalties on weights
    double gradientNorm = 0;   // before clipping
    double learningRate = 0;
    double dataSeconds = 0;    // reading and preparing the batches
    double forwardSeconds = 0;
    double backwardSeconds = 0;
    double optimizerSeconds = 0;
    double bytesPerToken = 0;  // raw bytes that the predicted tokens stand for, per token
    qint64 tokens = 0;         // read, without padding
    bool isOverflow = false;   // gradients overflowed f16: no weight changed, and the loss scale is halved
};

/// Everything a trainer stands on; all of it outlives the trainer.
struct TrainerParts {
    plugin::Catalogue *plugins = nullptr;
    QJsonObject architecture;
    const tokenizer::TokenShards *data = nullptr;   // a stream of tokens,
    const SourceMixture *mixture = nullptr;         // of its sources; null: the stream as it is
    const adapt::Records *records = nullptr;        // or records
    const RecordMixture *recordMixture = nullptr;   // of their sources; null: all alike
    adapt::BatchSettings recordSettings;            // of records: length, packing, what is asked
    const std::vector<qint32> *tokenByteCounts = nullptr;  // by id
    TokenTables tokens;  // empty: enough for objectives that need no special ids
    RunSettings settings;
    Learning learning;
    at::ScalarType dtype = at::kFloat;
    at::Device device = at::kCPU;
    qint64 steps = 1;  // of the whole run, for the schedule
    StepCourse course = {};  // the same with its corrections, for what is read when; empty: `steps`
    qint64 recomputedBlocks = 0;  // of the model, see network::Model::recomputeBlocks
};

class ATHANOR_EXPORT Trainer {
public:
    /// Makes the model with weights that depend on the seed alone, and an optimizer with empty memory.
    static Result<std::unique_ptr<Trainer>> create(const TrainerParts &parts);

    /// Update number `step` (from 1). Diverged when loss or gradient is not a number: the weights are then unchanged.
    Result<StepReport> step(qint64 step);
    /// Steps of the whole run, for the schedule; a plan may be corrected on the way.
    void setSteps(qint64 steps) { m_parts.steps = steps; }
    void setCourse(const StepCourse &course)
    {
        m_parts.course = course;
        m_source->setCourse(course);
    }
    /// This rate from now on, instead of the settings' and the schedule's.
    void setLearningRate(double rate) { m_rate = rate; }
    /// How updates are divided from now on; empty: as the settings say. Which rows an update reads stays the same.
    Status setMicroBatch(const std::optional<MicroBatch> &wanted);
    MicroBatch microBatch() const { return {0, m_parts.settings.batch, m_parts.settings.accumulation}; }
    /// Whether the last step failed while weights were being changed: what it left is no state of the run.
    bool isHalfUpdated() const { return m_isUpdating; }
    /// On where the model computes in f16; a part of the run's state.
    LossScale &lossScale() { return m_lossScale; }
    /// Updates' data that are passed over before the next one.
    void setDataShift(qint64 updates) { m_dataShift = updates; }
    /// Asked when loss and gradient of an update are known and the weights unchanged: its error ends the step.
    void setBeforeUpdate(std::function<Status(const StepReport &)> ask) { m_beforeUpdate = std::move(ask); }

    /// Looks at the updates from now on, from both sides; null: nobody does.
    void setWatch(UpdateWatch *watch) { m_watch = watch; }

    network::Model &model() { return *m_model; }
    /// What learns; nothing else has masters, gradients or the optimizer's memory.
    std::vector<TrainedParameter> &parameters() { return m_parameters; }
    Optimizer &optimizer() { return *m_optimizer; }
    WeightAverage &average() { return *m_average; }
    const BatchSource &source() const { return *m_source; }
    const ChosenObjective &objective() const { return m_objective; }
    const TokenTables &tokens() const { return m_parts.tokens; }
    const Learning &learning() const { return m_parts.learning; }
    /// T: tokens of a row.
    qint64 sequence() const { return m_sequence; }

    /// Where the model's own weights are kept: the f32 master of one that learns, the weight of one that rests.
    std::vector<network::NamedParameter> ownWeights() const;
    /// What a checkpoint holds: with an adapter only what learns, else all own weights; those of the step, or their mean.
    std::vector<network::NamedParameter> checkpointWeights(Holds holds = Holds::Weights) const;
    /// What it remembers besides: of the optimizer, and the mean (or the weights, where it holds the mean).
    std::vector<NamedState> memory(Holds holds = Holds::Weights) const;
    /// After masters were written from outside: the model's weights again equal their rounded masters.
    Status weightsFromMasters();

private:
    explicit Trainer(const TrainerParts &parts)
        : m_parts(parts), m_usual(microBatch()), m_lossScale(parts.dtype == at::kHalf ? LossScale::begun() : LossScale())
    {
    }
    Status build();
    Status openSource();
    StepCourse course() const;
    Status chooseScaling();
    Status scaleOutput();
    bool isOutputNorm(const std::string &name) const;
    Status makeMasters(const QJsonObject &architecture);
    Status formGroups();
    Result<std::vector<network::Batch>> batches(qint64 step) const;
    Status accumulate(qint64 step, StepReport &report);
    Status collectGradients(qint64 micro);
    Status penalise(StepReport &report);
    Status update(qint64 step, StepReport &report);

    TrainerParts m_parts;
    MicroBatch m_usual;  // of the settings
    LossScale m_lossScale;
    bool m_isUpdating = false;
    std::unique_ptr<BatchSource> m_source;
    qint64 m_sequence = 0;
    model::WidthScaling m_scaling;  // without a base width: nothing is scaled
    double m_hiddenRate = 1;        // of matrices inside blocks
    std::optional<double> m_rate;  // empty: as the settings and the schedule say
    qint64 m_dataShift = 0;
    std::function<Status(const StepReport &)> m_beforeUpdate;
    std::shared_ptr<network::Model> m_model;
    std::vector<torch::Tensor> m_leaves;  // of m_parameters, in the same order: what has the gradients
    std::vector<TrainedParameter> m_parameters;
    std::vector<torch::Tensor> m_sums;  // f32 gradient sums when accumulating
    ChosenObjective m_objective;
    Schedule *m_schedule = nullptr;
    QJsonObject m_scheduleSettings;
    std::unique_ptr<Optimizer> m_optimizer;
    std::unique_ptr<WeightAverage> m_average;
    UpdateWatch *m_watch = nullptr;
};

/// T for a model of this context: the settings' length of a sequence where it is given.
ATHANOR_EXPORT qint64 sequenceLength(const RunSettings &settings, qint64 context);

/// Bytes of text that each token stands for, by id; 0 for control tokens.
ATHANOR_EXPORT std::vector<qint32> tokenByteCounts(const tokenizer::Tokenizer &tokenizer);

/// The settings that a plugin's own schema knows, completed by its defaults.
ATHANOR_EXPORT Result<QJsonObject> settingsFor(const plugin::Metadata &plugin, const QJsonObject &settings);

}  // namespace athanor::train
