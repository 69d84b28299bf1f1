// What a project's store holds, as plain values. Unknown numbers are NaN (real) or -1 (counts). Thread: values.
#pragma once

#include "core/base/error.h"

#include <QDateTime>
#include <QJsonArray>
#include <QJsonObject>
#include <QList>

#include <limits>

namespace athanor::project {

inline constexpr double kUnknown = std::numeric_limits<double>::quiet_NaN();

struct Info {
    QString id;
    QString title;
    QString path;            // absolute
    QDateTime created;       // UTC
    int schemaVersion = 0;
    bool readOnly = false;   // the folder cannot be written to, or it was opened for reading
    bool wasUnclean = false; // the last program that wrote it did not close it
};

struct Source {
    QString id;
    QString plugin;          // "source.files"
    QString location;
    QString licence;
    QJsonObject settings;
    QDateTime added;
};

/// One version of a dataset: what a curate job made.
struct Dataset {
    qint64 rowId = -1;
    QString name;
    int version = 1;
    QString jobId;
    QString corpus;          // "objects/corpora/<sha>"
    QString corpusSha256;
    QJsonObject recipe;      // as used
    QString recipeHash;
    QString sourcesHash;
    qint64 documents = 0, kept = 0, removed = 0, unreadable = 0;
    QJsonObject facts;       // the whole result of the job: splits, reasons, stages …
    QDateTime created;
};

/// A document as one dataset sees it.
struct Document {
    qint64 rowId = -1;       // the cursor of paging
    QString id;              // SHA-256 of source id and raw bytes
    QString path;
    QString source;
    QString licence;
    qint64 bytes = 0;
    QString textSha256;
    QString status;          // "kept", "removed", "unreadable"
    QString reason;          // "too-short"; empty when kept
    QString reasonTitle;
    QString detail;
    QString cluster;         // documents with one text or near copies share it
    QString split;           // "train", "validation", or empty
    QString language;
    QJsonObject signalValues;
};

/// Empty entries do not restrict. `text` searches paths by words and beginnings of words.
struct DocumentFilter {
    qint64 dataset = -1;     // Dataset::rowId; required
    QString status;
    QString reason;
    QString split;
    QString text;
};

struct DocumentPage {
    QList<Document> rows;
    qint64 next = -1;        // `after` of the next page; -1 when this was the last
};

struct ReasonCount {
    QString reason;
    QString title;
    qint64 count = 0;
};

/// Kept documents of one licence; an empty licence counts those whose source names none.
struct LicenceCount {
    QString licence;
    qint64 count = 0;
};

struct Tokenizer {
    QString name;
    QString type;            // "bpe", "unigram" …
    QString path;            // "objects/tokenizers/<sha>.model"
    QString sha256;
    qint64 vocabulary = 0;
    QString corpusSha256;    // what it was trained on; empty when imported
    QString jobId;
    bool isLossless = false;
    double bytesPerToken = kUnknown;
    QJsonObject facts;       // the whole result of the job
    QDateTime created;
};

struct Model {
    QString name;
    QJsonObject architecture;  // expanded
    QString tokenizer;         // name
    QString tokenizerSha256;
    qint64 parameters = 0;
    QDateTime created;
    QString base;              // folder of the weights it came with, relative to the project; empty when from scratch
    QString baseSha256;        // of those weights
    QJsonObject facts;         // of an import: family, licence, source, hasChatTemplate, warnings
    QString jobId;             // the import that brought it in; empty when it was created here
};

struct Run {
    QString id;              // of its job
    QString title;
    QString model;           // name
    QString dataset;         // name, when the corpus belongs to a dataset of the project
    int datasetVersion = 0;
    QString corpusSha256;
    QString tokenizerSha256;
    QJsonObject parameters;  // the spec's: architecture, settings, from, expect …
    QString state;           // as job::stateName(), when last looked at
    QDateTime created, started, ended;
    qint64 steps = -1;
    qint64 tokens = -1;
    double seconds = kUnknown;
    double validationLoss = kUnknown;
    double bitsPerByte = kUnknown;
    QString bestCheckpoint;  // relative to the project
    QString lastCheckpoint;
    QJsonObject facts;       // the whole result, when finished
    bool continuesText = true;  // so that a text can be scored with it; not where it was taught labels, or fills gaps
};

struct Checkpoint {
    QString path;            // relative to the project
    QString runId;
    qint64 step = 0;
    double loss = kUnknown;
    double bitsPerByte = kUnknown;
    bool isBest = false;
    QString weightsSha256;
    QString optimizerSha256;
    QDateTime created;
};

struct Evaluation {
    QString id;              // of its job
    QString checkpoint;      // path
    QString runId;
    QString weightsSha256;
    QString corpusSha256;    // empty when a file was evaluated
    QString split;
    QString file;
    double loss = kUnknown;
    double perplexity = kUnknown;
    double bitsPerByte = kUnknown;
    QJsonObject facts;       // the whole result
    QDateTime created;

    /// Of the first documents or bytes only ("limitDocuments", "limitBytes"): no measure of the whole.
    bool isLimited() const { return facts.contains(QLatin1String("limitDocuments")) || facts.contains(QLatin1String("limitBytes")); }
};

/// A model that left the project: what an export job wrote and proved.
struct Export {
    QString id;              // of its job
    QString checkpoint;      // path of what was exported, relative to the project
    QString runId;           // empty when an imported model was exported as it came
    QString weightsSha256;   // of the checkpoint
    QString format;          // "huggingface", "gguf", "adapter"
    QString dtype;           // "f32", "f16", "bf16", "q8_0"
    QString path;            // absolute; a person may have moved it since
    qint64 bytes = 0;
    QJsonObject facts;       // the whole result: files with hashes, parity
    QDateTime created;
};

/// Something that was made, named by its content; lineage lists them from near to far.
struct LineageNode {
    // "document", "file" (brought in), "model" (brought in), "corpus", "tokenizer", "shards", "run", "checkpoint",
    // "evaluation", "export"
    QString kind;
    QString hash;            // content hash; a run's is its job id
    QString title;
    QString jobId;           // the job that made it
    int distance = 0;
};

enum class Stage { Project, Data, Tokenizer, Architecture, Training, Evaluation, Chat };
enum class StageState { Nothing, Ready, Running, Done, OutOfDate, NeedsAttention };

struct StageStatus {
    Stage stage = Stage::Project;
    StageState state = StageState::Nothing;
    QString text;            // "1,204 documents kept"
    QString hint;            // what to do when out of date or in need of attention
};

struct TrashEntry {
    QString id;
    QString kind;            // "run", "model", "dataset", "tokenizer"
    QString title;
    qint64 bytes = 0;        // on disk
    QDateTime deleted;
};

struct CleanReport {
    qint64 freedBytes = 0;
    qint64 cacheBytes = 0;   // of these: what was read and measured before
    QStringList removed;     // relative to the project
};

ATHANOR_EXPORT QString stageName(Stage stage);           // "data"
ATHANOR_EXPORT QString stageStateName(StageState state);  // "out-of-date"

}  // namespace athanor::project
