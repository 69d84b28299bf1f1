// When a run saves, and what it says about it. Role: between the loop, the background writer and the job's events.
// A failed write is told and retried after the oldest checkpoints have made room; where none fits, saving pauses and
// training goes on. Thread: one.
#pragma once

#include "core/job/context.h"
#include "core/train/checkpoint_writer.h"
#include "core/train/disk_watch.h"
#include "core/train/run_inputs.h"
#include "core/train/run_plan.h"
#include "core/train/run_state.h"

#include <QElapsedTimer>

namespace athanor::train {

/// What goes along from a model folder to what is made of it: how to talk to the model, and where it came from.
/// Relative to the folder: of those that are there.
ATHANOR_EXPORT QStringList filesOfBase(const QString &folder);

class ATHANOR_EXPORT RunCheckpoints {
public:
    RunCheckpoints(job::Context &context, const RunInputs &inputs, const RunPlan &plan, Trainer &trainer);

    /// Reads the tokenizer and the files of the base that each checkpoint takes along, once: they may be deleted while the
    /// run lasts. Before the first is written.
    Status takeAlong();
    /// DiskFull when fewer than two checkpoints would fit: one to keep while the next is written.
    Status checkSpace() const;
    /// The newest whole checkpoint into the trainer; the state it stands for, or nothing when there is none.
    Result<std::optional<RunState>> resume();
    /// The same of those up to `step`; later ones are put aside.
    Result<std::optional<RunState>> goBackTo(qint64 step);
    /// Puts aside the checkpoints that stand on data which the plan leaves out by now.
    void abandonWrongBranch();
    /// Weights, and optimizer memory where it fits, of another run's checkpoint or of a model that was brought in. An
    /// adapter stands on it; one with the same settings there goes on learning.
    Status startFrom(const QString &folder);

    bool isDue(qint64 step) const;
    /// Starts a write in the background.
    void save(const RunState &state);
    /// Waits until `state` is on the disk. Errors: what kept it from being written.
    Status saveAndWait(const RunState &state);
    bool isWriting() { return m_writer.isBusy(); }
    /// Events for writes that ended; call between steps.
    void collect();
    /// Warns before the disk is full; call between steps. `secondsToEnd` of the run, about.
    void watchDisk(double secondsToEnd);
    DiskWatch &disk() { return m_disk; }

    const CheckpointStore &store() const { return m_store; }
    /// The best one with a whole model; damaged ones are put aside, and told.
    std::optional<CheckpointFacts> best() const;
    QString relativePath(const QString &folder) const;

private:
    CheckpointContents contents(const RunState &state) const;
    Result<std::optional<RunState>> load(qint64 latest);
    Status loadOwn(const QString &folder);
    Status standOn(const QString &folder, const QString &weightsSha256 = {});  // empty: not known yet
    Status resumeAdapter(const QString &folder, Holds holds);
    Status loadMemory(const QString &folder, const std::vector<NamedState> &memory);
    Result<bool> continuesAdapter(const QString &folder) const;
    void announce(const CheckpointFacts &facts);
    QSet<qint64> wantedByOthers() const;
    void prune(int keep) const;
    void removeDamaged(int keep) const;
    bool makeRoom();
    Error diskFull(qint64 step) const;
    void tellFailure(qint64 step, const Error &error);

    job::Context *m_context;
    const RunInputs *m_inputs;
    const RunPlan *m_plan;
    Trainer *m_trainer;
    CheckpointStore m_store;
    CheckpointWriter m_writer;
    QElapsedTimer m_sinceBegin, m_sinceLook;
    QElapsedTimer m_sinceSave;
    bool m_isPaused = false;  // nothing is saved: the disk is full
    qint64 m_intervalMs = 60'000;
    qint64 m_savedStep = -1;  // the newest known to be on disk
    QJsonObject m_adapter;    // adapter.json of this run's checkpoints; empty: it trains no adapter
    QMap<QString, QByteArray> m_companions;  // files that each checkpoint takes along
    std::optional<Error> m_lastFailure;
    DiskWatch m_disk;  // last: it asks the others how large a checkpoint is
};

}  // namespace athanor::train
