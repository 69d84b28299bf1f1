// Everything a person can do with a project: each button of the window and each verb of the command line is one
// call here. Role: puts specs together, queues jobs, takes finished jobs into the project, answers with the plan.
// Must not: compute (workers do), draw, print. Queries of rows go to project(). Thread: the program's main thread.
#pragma once

#include "core/job/queue.h"
#include "core/model/architecture.h"
#include "core/project/project.h"
#include "core/tokenizer/tokenizer.h"

namespace athanor::workbench {

/// What a run is started with; the same for the window, `run start` and `run plan`.
struct RunRequest {
    QString model;        // name in the project
    QString dataset;      // name; its newest version
    QJsonObject settings; // of model::trainingSchema(), may be partial
    QString from;         // checkpoint folder relative to the project to start from, or empty
    QString title;        // empty: made from model and dataset
};

/// The whole way with one click: from the sources to an evaluated model. Names are made when empty.
struct PipelineRequest {
    QString dataset = QStringLiteral("documents");
    QJsonObject recipe;               // empty: the default recipe
    QString tokenizer = QStringLiteral("tokenizer");
    QString tokenizerPlugin = QStringLiteral("tokenizer.bpe");
    QJsonObject tokenizerSettings;
    QString model;
    QString architecture;             // plugin id
    QJsonObject architectureChoices;
    QJsonObject trainingSettings;
};

struct Pipeline {
    QString curateJob;     // job ids; empty when the stage was ready and is used as it is
    QString tokenizerJob;
    QString trainJob;
    QString evaluateJob;
};

/// A way to reach the goal, as the wizard offers it.
struct Approach {
    QString id;            // "scratch", "continue", "fine-tune", "retrieve"
    QString title;
    QString summary;       // "3 M tokens from scratch learn the style, not the facts."
    bool worksToday = false;
    bool recommended = false;
    double seconds = 0;
    qint64 memoryBytes = 0;
    qint64 diskBytes = 0;
};

struct Recommendation {
    QList<Approach> approaches;   // only those that work today
    model::Preset preset;         // from scratch
    qint64 vocabulary = 0;
    QJsonObject trainingSettings; // completed
    qint64 estimatedTokens = 0;   // in the documents
    model::Plan plan;
};

class ATHANOR_EXPORT Workbench {
public:
    /// `catalogue` must outlive the workbench.
    static Result<std::unique_ptr<Workbench>> create(const QString &path, const QString &title,
                                                     plugin::Catalogue &catalogue);
    static Result<std::unique_ptr<Workbench>> open(const QString &path, plugin::Catalogue &catalogue);
    ~Workbench();

    project::Project &project() { return *m_project; }
    plugin::Catalogue &plugins() { return *m_plugins; }
    job::Queue &queue() { return *m_queue; }
    QString path() const;

    /// Takes finished jobs into the project and lets the queue start what can start. Cheap; call about once a second.
    /// Returns true when something changed.
    Result<bool> refresh();

    // ---- project
    Status setObjective(const QJsonObject &objective);
    // ---- data
    /// A file or folder; `licence` in the person's words ("PSF-2.0", "own documents"). Returns the source's id.
    Result<QString> addSource(const QString &location, const QString &licence = {}, const QJsonObject &settings = {});
    Result<job::Folder> curate(const QString &dataset, const QJsonObject &recipe = {});
    Result<QJsonObject> recipeOf(const QString &dataset) const;   // the stored one, or the default
    /// Writes a dataset's documents as JSON Lines. Returns the number of documents.
    Result<qint64> exportDataset(const QString &dataset, const QString &file) const;
    /// The text of a document before and after repair; `before` is empty when it is not kept any more.
    struct DocumentText { QString before, after; };
    Result<DocumentText> documentText(const QString &dataset, const QString &documentId) const;
    // ---- tokenizer
    Result<job::Folder> trainTokenizer(const QString &name, const QString &dataset, const QString &pluginId,
                                       const QJsonObject &settings);
    Result<job::Folder> importTokenizer(const QString &name, const QString &file);
    Result<std::shared_ptr<const tokenizer::Tokenizer>> tokenizer(const QString &name) const;
    // ---- model
    /// Expands, checks and stores. `tokenizer` gives the vocabulary.
    Result<QJsonObject> createModel(const QString &name, const QString &architecture, const QJsonObject &choices,
                                    const QString &tokenizer);
    // ---- runs
    Result<model::Plan> plan(const RunRequest &request) const;
    /// The same for an architecture that need not be stored: what the page shows while a field changes. An empty or
    /// unknown tokenizer counts as typical, an empty dataset as no tokens.
    Result<model::Plan> planArchitecture(const QJsonObject &architecture, const QString &tokenizer, const QString &dataset,
                                         const QJsonObject &settings) const;
    /// Refused, with the reason, when the plan says it cannot fit in memory or on the disk.
    Result<job::Folder> startRun(const RunRequest &request);
    Result<job::Folder> cloneRun(const QString &runId, const QJsonObject &changedSettings = {});
    Result<job::Folder> forkRun(const QString &checkpoint, const QJsonObject &changedSettings = {});
    Result<job::Folder> reproduceRun(const QString &runId);
    /// A short measurement of this machine's speed for a model; its result makes plans exact.
    Result<job::Folder> probe(const QJsonObject &architecture, const model::TrainingShape &shape);
    // ---- evaluation, generation
    /// MODEL as people write it: a run's id, a model's name (its newest finished run), a checkpoint folder. Returns the folder, relative to the project.
    Result<QString> resolveCheckpoint(const QString &name) const;
    Result<job::Folder> evaluate(const QString &model, const QString &datasetOrFile);
    Result<job::Folder> generate(const QString &model, const QJsonObject &request);
    Result<job::Folder> chat(const QString &model);
    // ---- the way with one click
    Result<Recommendation> recommend(qint64 documentBytes) const;
    Result<Pipeline> startPipeline(const PipelineRequest &request);
    /// Writes the HTML report of a run to `file`.
    Status writeReport(const QString &runId, const QString &file);

private:
    Workbench(std::unique_ptr<project::Project> project, plugin::Catalogue &catalogue);
    Result<job::Folder> queueRun(const RunRequest &request, const QJsonObject &extra);
    std::unique_ptr<project::Project> m_project;
    plugin::Catalogue *m_plugins;
    std::unique_ptr<job::Queue> m_queue;
};

/// "learning_rate=0.01, batch=16": the training settings that differ from the defaults, for tables.
ATHANOR_EXPORT QString settingsThatDiffer(const QJsonObject &settings);

/// The sample: the Python documentation as Debian packages it, or NotFound with the package to install.
ATHANOR_EXPORT Result<QString> sampleDocumentsFolder();
/// Settings with which the sample learns well in about eight minutes on two cores.
ATHANOR_EXPORT PipelineRequest samplePipeline();

}  // namespace athanor::workbench
