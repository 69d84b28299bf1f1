// The loop of a run: steps, metrics, validation, samples, checkpoints, control. Role: everything between the plan and
// the final figure. Thread: one.
#pragma once

#include "core/generate/sampler.h"
#include "core/train/recovery.h"
#include "core/train/run_insight.h"
#include "core/train/step_speed.h"
#include "core/train/sweep_rungs.h"

namespace athanor::train {

enum class RunEnd { Budget, Early, Request, Hopeless };

class ATHANOR_EXPORT TrainRun {
public:
    static Result<std::unique_ptr<TrainRun>> create(job::Context &context, const RunInputs &inputs, const RunPlan &plan);
    /// To the end of the budget, an early end, or a stop (an Error of code Cancelled, after a checkpoint was written).
    Result<RunEnd> run();

    const RunState &state() const { return m_state; }
    /// Of this attempt's steps by themselves; and what attempts before it took with everything.
    const StepSpeed &speed() const { return m_speed; }
    double earlierSeconds() const { return m_earlierSeconds; }
    const RunPlan &plan() const { return m_plan; }
    RunCheckpoints &checkpoints() { return *m_checkpoints; }
    Trainer &trainer() { return *m_trainer; }

private:
    TrainRun(job::Context &context, const RunInputs &inputs, const RunPlan &plan);
    Status begin();
    Status beforeFirstStep();
    void tellWhatLearns();
    Result<std::optional<RunEnd>> oneStep();
    Result<std::optional<RunEnd>> recover(qint64 step, const Error &error, Recovery::Suspect suspect);
    Result<std::optional<RunEnd>> control();
    Result<ValidationScore> validate();
    Result<ValidationScore> validateAverage();
    void save();
    void writeSample();
    using Written = std::pair<QString, QString>;  // the prompt, and what the model made of it
    Result<Written> continuation(const generate::Sampler &sampler);
    Result<Written> answer(const generate::Sampler &sampler);
    void emitMetrics(const StepReport &report, bool isValidation, double stepSeconds);
    Status stopHere();
    qint64 lastStep() const;
    void keepToTheBudget();

    job::Context *m_context;
    const RunInputs *m_inputs;
    RunPlan m_plan;
    std::unique_ptr<Trainer> m_trainer;
    std::unique_ptr<RunCheckpoints> m_checkpoints;
    std::optional<Recovery> m_recovery;
    std::optional<Validator> m_validator;
    std::unique_ptr<RunInsight> m_insight;
    SweepRungs m_rungs;
    RunState m_state;
    QElapsedTimer m_sinceMetric;
    double m_rate = 0;  // tokens per second, smoothed
    double m_earlierSeconds = 0;
    StepSpeed m_speed;
    // Where this attempt last looked whether the budget in minutes still fits the steps.
    qint64 m_lookedAtStep = 0;
    double m_lookedAtSeconds = 0;
};

}  // namespace athanor::train
