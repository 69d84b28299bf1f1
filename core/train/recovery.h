// What a run does when its numbers go wrong. Role: between the loop and plan, checkpoints and data. The state before the
// update is still whole, so at first only the batch is left out; when that does not help, the weights themselves have
// gone wrong, and the run goes back a hundred updates and leaves out what it read since: by a checkpoint, and the same
// steps again from there. What is left out depends on losses and steps alone, never on when checkpoints were written,
// and is in plan.json before the run goes on: a killed run and a reproduction make the same choices. Thread: one.
// Source: Chowdhery et al. 2022, section 5.1.
#pragma once

#include "core/train/run_checkpoints.h"

namespace athanor::train {

/// `error` of code Diverged before the first update: no learning rate is at fault. What is, and what to do, in words.
Error divergedAtTheBeginning(Error error, const RunInputs &inputs);

class Recovery {
public:
    /// All of them outlive it.
    Recovery(job::Context &context, const RunInputs &inputs, RunPlan &plan, RunCheckpoints &checkpoints, Trainer &trainer);

    /// Before the update that follows `state`: Diverged when it jumps and shall not be learned.
    Status check(const StepReport &report, const RunState &state);
    /// What Diverged says something about: the batch of a step, before its update, or the weights after it.
    enum class Suspect { Batch, Weights };
    /// After Diverged at `step`: `state` and trainer are where the run goes on. The error, when it does not.
    Status recover(qint64 step, const Error &error, Suspect suspect, RunState &state);

private:
    bool isCloseToTheLast(qint64 step) const;
    bool hasTakenNote() const;
    Status goBack(qint64 step, RunState &state);
    QStringList documentsOf(qint64 dataStep) const;
    void tell(const LeftOut &entry, qint64 wentBackTo) const;
    tl::unexpected<Error> giveUp(const Error &error, int tries) const;

    job::Context *m_context;
    const RunInputs *m_inputs;
    RunPlan *m_plan;
    RunCheckpoints *m_checkpoints;
    Trainer *m_trainer;
    double m_jumpedTo = std::numeric_limits<double>::quiet_NaN();  // the loss that was refused last, for the plot
};

}  // namespace athanor::train
