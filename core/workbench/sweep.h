// Several settings tried on one model and dataset: ordinary runs that know which sweep they belong to. Role: queues them,
// finds them again, stops them. There is no other record: a sweep is its runs' jobs, and so it outlives the window, moves
// with the project and goes with its runs. Thread: the program's main thread.
#pragma once

#include "core/experiment/importance.h"
#include "core/workbench/workbench.h"

namespace athanor::workbench {

struct SweepRequest {
    RunRequest run;      // what all runs have in common
    QStringList vary;    // as experiment::sweepAxis() reads it
    int draws = 0;       // random combinations; 0: all
    quint64 seed = 1;    // of the draws
    bool stopsHopeless = true;
};

struct Sweep {
    QString id;
    QStringList keys;             // what was varied
    QList<project::Run> runs;     // oldest first
    QString model, dataset;

    /// The varied settings of a run.
    ATHANOR_EXPORT QJsonObject settingsOf(const project::Run &run) const;
    ATHANOR_EXPORT int endedCount() const;
    /// Of the ended runs; null when none was measured.
    ATHANOR_EXPORT const project::Run *best() const;
    ATHANOR_EXPORT std::vector<experiment::Importance> importance() const;
};

/// The settings that each run of a request would have. Errors: experiment::sweepAxis(), sweepSettings().
ATHANOR_EXPORT Result<std::vector<QJsonObject>> sweepRuns(const plugin::Catalogue &plugins, const SweepRequest &request);
/// Queues all runs; each is checked first, and none is queued where one cannot start: the message names it, "batch=4,
/// learning_rate=0.002: …", with `titles` in people's words. Returns the sweep's id.
ATHANOR_EXPORT Result<QString> startSweep(Workbench &bench, const SweepRequest &request, const QHash<QString, QString> &titles = {});
/// Newest first.
ATHANOR_EXPORT Result<QList<Sweep>> sweeps(const project::Project &project);
ATHANOR_EXPORT Result<Sweep> sweep(const project::Project &project, const QString &id);
/// Takes out what waits and stops what runs; runs that ended stay. Returns how many were stopped.
ATHANOR_EXPORT Result<int> stopSweep(Workbench &bench, const QString &id);
ATHANOR_EXPORT QString sweepCommand(const plugin::Catalogue &plugins, const SweepRequest &request);
/// "12 of 16 runs have ended; the best came to a loss of 2.31 with learning_rate=0.002, batch=8", and which setting mattered.
/// `titles`: people's words for keys, "Learning rate 0.002"; a key that has none stays as it is.
ATHANOR_EXPORT QStringList sweepWords(const Sweep &sweep, const QHash<QString, QString> &titles = {});

}  // namespace athanor::workbench
