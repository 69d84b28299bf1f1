// The written report of a run: values in, one self-contained HTML file out. Role: says what was trained on what,
// how well, and how to go on. Limits: at most 600 points a curve are drawn, 40 samples, 4,000 characters each.
// Thread: safe; plain values.
#pragma once

#include "core/base/machine.h"
#include "core/job/metrics.h"
#include "core/model/forecast_and_truth.h"

#include <QDateTime>
#include <QJsonObject>
#include <QMap>

#include <vector>

namespace athanor::report {

struct Sample {
    qint64 step = 0;
    QString prompt;
    QString text;
    QString label;  // "Before training: noise"
};

inline constexpr size_t kMostOthers = 4;

/// What stood at the source: one row of "what it was trained on".
struct SourceLine {
    QString location;
    QString licence;
};

/// The model that a run went on from, where there was one.
struct BaseModel {
    QString name;      // empty: the run began with random weights
    QString location;  // "HuggingFaceTB/SmolLM2-135M", a folder, or another run's checkpoint
    QString revision;
    QString licence;   // empty: not known
};

/// Another finished run on the same documents, to stand beside this one.
struct OtherRun {
    QString title;            // "python-docs, 8.0 min of training"
    double bitsPerByte = 0;   // of the held-out documents
};

/// A command with what it does; shown so that it can be copied.
struct CommandLine {
    QString purpose;
    QString command;
};

/// Every entry may be empty: its part of the report is then left out.
struct ReportInput {
    QString title;             // "small-13M on Python documentation"
    QDateTime made;            // UTC
    QDateTime trained;         // UTC, when the run ended
    QString projectPath;
    QString runId;
    QString dataset;           // name
    QString model;             // name

    QJsonObject curate;        // results of the jobs, as the job kinds' contracts say
    QJsonObject tokenizer;
    QJsonObject train;
    QJsonObject evaluation;    // on the held-out documents
    QJsonObject settings;      // of the training run
    QJsonObject architecture;  // expanded

    BaseModel base;
    std::vector<OtherRun> others;  // at most kMostOthers, newest first
    std::vector<SourceLine> sources;
    QString about;                 // what the documents are about, in the person's words
    bool hasPersonalData = false;  // the person said that there may be some
    QMap<QString, job::Series> series;  // "train/loss", "validation/bits_per_byte", "lr" …
    std::vector<Sample> samples;        // ascending in step
    QList<model::ForecastLine> forecast;
    MachineFacts machine;
    std::vector<CommandLine> next;       // how to go on
    std::vector<CommandLine> reproduce;  // from the documents to this result
};

/// The HTML text. Deterministic: the same input gives the same bytes.
ATHANOR_EXPORT QByteArray runReportHtml(const ReportInput &input);
/// Writes it atomically.
ATHANOR_EXPORT Result<void> writeRunReport(const ReportInput &input, const QString &path);

/// Reads a training job, and the curate, tokenizer and evaluate jobs of the same project that belong to it, from
/// their folders. Errors: NotFound or Corrupt when the training job itself cannot be read; whatever else is missing
/// is left empty. `next`, `dataset` and `model` are the caller's to add or replace.
ATHANOR_EXPORT Result<ReportInput> gatherRun(const QString &projectPath, const QString &runId);

}  // namespace athanor::report
