// Everything a person can do with a project: each button of the window and each verb of the command line is one
// call here. Role: puts specs together, queues jobs, takes finished jobs into the project, answers with the plan.
// Must not: compute (workers do), draw, print. Queries of rows go to project(). Thread: the program's main thread.
#pragma once

#include "core/corpus/signal_values.h"
#include "core/corpus/source_look.h"
#include "core/experiment/rate_curve.h"
#include "core/job/queue.h"
#include "core/model/architecture.h"
#include "core/model/training_settings.h"
#include "core/project/project.h"
#include "core/tokenizer/tokenizer.h"

namespace athanor::workbench {

/// What a run is started with; the same for the window, `run start` and `run plan`.
struct RunRequest {
    QString model;        // name in the project
    QString dataset;      // name; its newest version
    QJsonObject settings; // of model::trainingSettings(), may be partial
    QString from;         // checkpoint folder relative to the project to start from; empty: the model's base, if it has one
    QString title;        // empty: made from model and dataset
    QJsonObject teaching; // of model::teachingSchema(), may be partial; empty: a plain text. The dataset holds records then
    QJsonObject adapter;  // of model::adapterSchema(), may be partial; empty: no adapter
    QString learns;       // "all", "adapter", "head" or patterns; empty: the adapter where there is one, else all
    QJsonObject sweep;    // of a run that is one of several tried: {"id", "stops", "keys"}; see sweep.h
};

/// What a model on the disk is, told from its headers alone (milliseconds, whatever its size).
struct ModelInspection {
    QString location;      // absolute
    bool isReadable = false;
    QString reason, hint;  // why it cannot be brought in, and what to do; empty when it can
    QString kind;          // "huggingface", "gguf", "pytorch", "athanor", "adapter" (of PEFT)
    QString base;          // of an adapter: the model that it stands on, as its maker named it
    QString name;          // a name that a project would take
    QString family;        // "architecture.llama"
    QString familyTitle;   // "LLaMA"
    qint64 parameters = -1, context = -1, vocabulary = -1, bytes = -1;  // -1: unknown
    QString licence;       // empty: the model does not say
    QString tokenizerType; // empty: it has none
    bool hasChatTemplate = false;
    QStringList labels;    // that it sorts texts by; empty: it has no head for labels
    QString storedAs;      // "BF16", "Q4_K": the numbers of most weights
    QStringList warnings;
};

/// What an address offers, told by the server before anything is downloaded: the result of a job of kind "lookup".
struct ModelOffer {
    struct File {
        QString name;
        qint64 bytes = -1;       // -1: the server does not say
        QString sha256;          // empty: the server does not say
    };
    QString address;             // as asked for
    QString repository;          // "HuggingFaceTB/SmolLM2-135M"; empty for a plain address
    QString revision;            // the commit that the server names
    QString format;              // "huggingface", "gguf", "pytorch", "adapter" (of PEFT)
    QString base;                // of an adapter: the model that it stands on, as its maker named it
    QString licence;             // empty: the server does not say
    QList<File> files;           // that would be downloaded
    QList<File> choices;         // GGUF files of which one must be chosen: ImportRequest::file
    qint64 bytes = 0;            // of `files`
    qint64 parameters = -1;
    qint64 freeDiskBytes = 0;
    qint64 memoryBytes = 0;      // of this machine
    bool fits = false;           // on the disk, twice over (download and what is made of it), and in memory
    QString fitsText;            // "270 MB to download; fits on the disk and in memory"
};

/// A model to bring in. `source` is a folder, a file, an address ("https://…") or a repository ("owner/name[@revision]").
struct ImportRequest {
    QString source;
    QString name;                // empty: made from the source
    QString licence;             // empty: what the model says of itself
    QString file;                // of a repository with several GGUF files: which
    QString base;                // of an adapter: MODEL that it stands on; empty: baseOfAdapter() of the one that it names
    bool isAdapter = false;      // of an address: what lookUpModel() told
    QString baseSource;          // of an adapter by address, without `base`: the repository of its base, brought in first
};

/// A model to take out. MODEL as for resolveCheckpoint().
struct ExportRequest {
    QString model;
    QString format = QStringLiteral("huggingface");  // "huggingface" (also "hf"), "gguf", "adapter"
    QString dtype;               // "f32", "f16", "bf16", "q8_0"; empty: f32 for folders and adapters, f16 for GGUF
    QString to;                  // folder; for GGUF a file, or a folder in which the file gets the model's name
    QString name;                // what it is called in its files; empty: the model's name
};

/// How much of a text an evaluation reads, and what it keeps of it.
struct EvaluationExtent {
    qint64 documents = 0;        // at most; 0: all
    QString samples;             // a file for the score of every document (JSON Lines), absolute; empty: none
};

/// A file of prompts for a model: JSON Lines with "prompt" or "messages", or plain text, one prompt a line.
struct PromptsRequest {
    QString model;               // as for resolveCheckpoint()
    QString file;                // absolute
    QString to;                  // JSON Lines, in the order of the prompts; absolute. Empty: only in the job's folder
    QJsonObject settings;        // of model::generationSchema() under their request keys
    qint64 batch = 0;            // prompts written together; 0: as memory allows
    bool asksChat = false;       // the prompts are questions, put as the model's chat template says
    QString system;              // what the model is told before each question
};
inline constexpr int kLargestPromptBatch = 1024;

/// A model of the catalogue of suggestions (resources/models/catalogue.json, or the person's copy of it).
struct ModelSuggestion {
    QString name;
    QString repository;          // to be imported by
    QString file;                // of a repository with several GGUF files
    double parameters = 0;
    qint64 bytes = 0;            // of the download, about
    QString licence;
    QStringList languages;
    QString goodFor;
};

/// A record as the model will see it: every token, what it learns from, what was cut off.
struct TokenInspection {
    struct Piece {
        qint32 id = 0;
        QString text;            // as people see it
        bool isControl = false;  // written by the template, not by a person or the model
        bool learns = false;     // counted in the loss
    };
    QList<Piece> pieces;
    qint64 tokens = 0;           // seen
    qint64 learnedTokens = 0;
    qint64 cutTokens = 0;        // beyond the limit: neither seen nor learned
    QString label;               // of a labelled text: what is learned of it
    QString teachesNothing;      // the reason why the record teaches nothing; empty when it teaches something
    QString rendered;            // the whole text that the template made, also what was cut
    QString wording;             // "the model's chat template"
    QStringList notes;           // what a person should know of this template
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
    QString base;                     // a model of the project with weights: taught instead of a new one
    QString from;                     // a checkpoint of it to go on from; empty: the weights it came with
    qint64 documentBytes = 0;         // of text, for the forecast; 0: not known
};

struct Pipeline {
    QString curateJob;     // job ids; empty when the stage was ready and is used as it is
    QString tokenizerJob;
    QString trainJob;
    QString evaluateJob;
};

/// A way to reach the goal, as the wizard offers it.
struct Approach {
    QString id;            // "scratch", "continue" (a run), "teach" (a model that came with weights), "fine-tune", "retrieve"
    QString title;
    QString summary;       // "3 M tokens from scratch learn the style, not the facts."
    bool worksToday = false;
    bool recommended = false;
    double seconds = 0;
    qint64 memoryBytes = 0;
    qint64 diskBytes = 0;
    double writesTokensPerSecond = 0;  // a cautious guess, with f32 weights, on this machine
    QString model;         // of the project, that it goes on from; empty when from scratch
    QString from;          // "continue": the checkpoint
    QString dataset;       // "continue": whose documents it has seen; the new ones come to them
    QJsonObject settings;  // "continue": those of its run
};

/// What the person wants of the model, as far as it changes a recommendation.
struct Wishes {
    bool answers = false;              // to answer as in examples, not to continue text
    double writesTokensPerSecond = 0;  // at least; 0: it does not matter
};

struct Recommendation {
    QList<Approach> approaches;   // only those that work today
    QString missing;              // what the wish still needs, in words; empty when one of the approaches grants it
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
    /// The size that new models of this project begin with. NotFound names those that there are.
    Status choosePreset(const QString &id);
    std::optional<model::Preset> chosenPreset() const;
    // ---- data
    /// A file or folder; `licence` in the person's words ("PSF-2.0", "own documents"). Returns the source's id.
    Result<QString> addSource(const QString &location, const QString &licence = {}, const QJsonObject &settings = {});
    /// Downloads one document (http, https); it is a source when the job has ended. Its result: see fetch::makeFetchHandler().
    Result<job::Folder> fetchSource(const QString &address, const QString &licence = {});
    Result<job::Folder> curate(const QString &dataset, const QJsonObject &recipe = {});
    /// Documents that no filter removes when the dataset is prepared again (`keep` false: the rules decide again).
    /// NotFound names the first that the dataset does not have.
    Status keepDocuments(const QString &dataset, const QStringList &documents, bool keep = true);
    Result<QJsonObject> recipeOf(const QString &dataset) const;   // the stored one, or the default
    /// Writes a dataset's documents as JSON Lines. Returns the number of documents.
    Result<qint64> exportDataset(const QString &dataset, const QString &file) const;
    /// Compares the files of the dataset's sources with how they were when it was curated; run() may be on any thread.
    /// Errors: NotFound for a dataset of which that was not noted.
    Result<corpus::SourceLook> sourceLook(const project::Dataset &dataset) const;
    /// Tells the project what a look has found, for its stages. True when it is news.
    bool noteSourceChanges(const QString &jobId, const corpus::SourceChanges &changes);
    /// The list of a dataset's documents with what was measured of them: corpus::readSignalValues() reads it, on any thread.
    QString documentsFile(const project::Dataset &dataset) const;
    /// Another value for a limit of the recipe with which the dataset is prepared next. Errors: corpus::recipeWithLimit().
    Status setLimit(const QString &dataset, const corpus::SignalLimit &limit, double value);
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
    /// As createModel() would make it, without keeping it; a usual vocabulary where there is no such tokenizer.
    Result<QJsonObject> newArchitecture(const QString &architecture, const QJsonObject &choices, const QString &tokenizer) const;
    Result<QJsonObject> createModel(const QString &name, const QString &architecture, const QJsonObject &choices,
                                    const QString &tokenizer);
    // ---- models that exist
    /// What stands on the disk at `path`; its isReadable and reason say whether and why not. Errors: NotFound.
    Result<ModelInspection> inspectModel(const QString &path) const;
    static Result<ModelInspection> inspectModel(const QString &path, const plugin::Catalogue &plugins);
    /// Asks the server what an address or repository offers; offerFrom() reads the job's result.
    Result<job::Folder> lookUpModel(const QString &address, const QString &file = {});
    /// An address ("https://…") or a repository ("owner/name[@revision]"), as opposed to what stands on the disk.
    static bool isModelAddress(const QString &source);
    static ModelOffer offerFrom(const QJsonObject &result);
    /// Queues what brings a model in: a download first when it is not on this machine. Returns the import's job; the
    /// download's is the one it waits for (spec().after). Refused: a name that is taken, a source that cannot be read.
    Result<job::Folder> importModel(const ImportRequest &request);
    Result<job::Folder> importModel(const QString &pathOrAddress, const QString &name);
    /// A new model `name` with these tokens more than MODEL (as for resolveCheckpoint()): each has a row of its own, made of
    /// the rows of the pieces that its text was until then. Errors: those of extendTokenizer(), AlreadyExists.
    Result<job::Folder> extendModel(const QString &model, const QStringList &tokens, const QString &name);
    /// The project's model that an adapter stands on which names its base `named` (a repository, a folder). NotFound.
    Result<QString> baseOfAdapter(const QString &named) const;
    /// The project's name for a model that comes from there: "SmolLM2-135M".
    static QString suggestedModelName(const QString &source);
    /// Writes it, reads it back, compares the two; an export that differs is removed and fails with the figures.
    Result<job::Folder> exportModel(const ExportRequest &request);
    Result<job::Folder> exportModel(const QString &model, const QString &format, const QString &dtype, const QString &to);
    /// What a model answers to token ids, as raw scores: a job of kind "logits".
    Result<job::Folder> logits(const QString &model, const QList<qint32> &ids, bool onlyLast);
    /// From the catalogue; the person's copy in the settings folder stands before the installed one.
    static Result<QList<ModelSuggestion>> modelSuggestions();
    static QString suggestionsFile();
    /// How a record of a dataset is taught to a model with these settings (of model::teachingSchema()).
    Result<TokenInspection> tokenInspector(const QString &dataset, const QString &recordId, const QString &model,
                                           const QJsonObject &teaching) const;
    /// Lost, Paused, Failed or Cancelled: another attempt, also of the jobs that failed because this one did.
    Status resumeJob(const QString &jobId);

    // ---- runs
    Result<model::Plan> plan(const RunRequest &request) const;
    /// InvalidInput when the setting "groups" cannot be read, or a pattern in it means no weight of the model: names those
    /// that there are. What labels add to a model is not known before it is made.
    Status checkGroups(const RunRequest &request) const;
    /// The same for an architecture that need not be stored: what the page shows while a field changes. An empty or
    /// unknown tokenizer counts as typical, an empty dataset as no tokens.
    Result<model::Plan> planArchitecture(const QJsonObject &architecture, const QString &tokenizer, const QString &dataset,
                                         const QJsonObject &settings) const;
    /// Refused, with the reason, when the plan says it cannot fit in memory or on the disk.
    Result<job::Folder> startRun(const RunRequest &request);
    Result<job::Folder> cloneRun(const QString &runId, const model::TrainingAssignments &changes = {});
    Result<job::Folder> forkRun(const QString &checkpoint, const model::TrainingAssignments &changes = {});
    Result<job::Folder> reproduceRun(const QString &runId);
    /// Tries learning rates on the model and data of a run that is not started: a job of kind "find_rate", whose result
    /// experiment::rateAdviceFrom() reads. Errors: as startRun(), and a range that makes no curve.
    Result<job::Folder> findRate(const RunRequest &request, const experiment::RateRange &range = {});
    /// Asks a running run to keep a checkpoint after its present step. InvalidInput when it does not run.
    Status checkpointRun(const QString &runId);
    /// A few steps, one measurement, one checkpoint … of this very run (ten to thirty seconds): from then on plan() says by
    /// them how long it takes and what memory it needs.
    Result<job::Folder> measureRun(const RunRequest &request);
    /// The largest batch (sequences at once) whose training fits the memory that is free now, and its plan. LimitExceeded
    /// when not even one sequence fits.
    struct LargestBatch {
        qint64 batch = 1;
        model::Plan plan;
    };
    Result<LargestBatch> largestBatch(const RunRequest &request) const;
    /// A short measurement of this machine's speed for a model; its result makes plans exact.
    Result<job::Folder> probe(const QJsonObject &architecture, const model::TrainingShape &shape);
    // ---- evaluation, generation
    /// MODEL as people write it: a run's id, a model's name (its newest finished run, else the base it came with),
    /// "NAME@base", a checkpoint folder, a folder elsewhere. Returns the folder, relative to the project.
    Result<QString> resolveCheckpoint(const QString &name) const;
    Result<job::Folder> evaluate(const QString &model, const QString &datasetOrFile, const EvaluationExtent &extent = {});
    Result<job::Folder> generate(const QString &model, const QJsonObject &request);
    /// Answers every prompt of a file. NotFound where the file, or the folder of `to`, is missing.
    Result<job::Folder> answerPrompts(const PromptsRequest &request);
    /// `weights`: of model::generationSchema(); empty: as they are stored.
    Result<job::Folder> chat(const QString &model, const QString &weights = {});
    // ---- the way with one click
    Result<Recommendation> recommend(qint64 documentBytes, const Wishes &wishes = {}) const;
    /// What startPipeline() will cost here; it is refused where the plan says that it cannot start.
    Result<model::Plan> plan(const PipelineRequest &request) const;
    /// What it trains: its base's, or a new one of its choices.
    Result<QJsonObject> architectureOf(const PipelineRequest &request) const;
    Result<Pipeline> startPipeline(const PipelineRequest &request);
    /// Writes the HTML report of a run to `file`.
    Status writeReport(const QString &runId, const QString &file);

private:
    Workbench(std::unique_ptr<project::Project> project, plugin::Catalogue &catalogue);
    Result<model::PlanInput> runInput(const RunRequest &request, const QJsonObject &settings) const;
    Result<job::Spec> runSpec(const RunRequest &request) const;
    void recommendContinuing(Recommendation &result, const project::Run &run) const;
    void recommendTeaching(Recommendation &result, const Wishes &wishes) const;
    Result<Pipeline> startTeaching(const PipelineRequest &request, const model::Plan &forecast);
    Result<QString> checkpointBelow(const QString &model) const;
    Result<job::Folder> importAdapterFrom(const ImportRequest &request);
    std::unique_ptr<project::Project> m_project;
    plugin::Catalogue *m_plugins;
    std::unique_ptr<job::Queue> m_queue;
};

/// "learning_rate=0.01, batch=16": the training settings that differ from the defaults, for tables.
ATHANOR_EXPORT QString settingsThatDiffer(const plugin::Catalogue &plugins, const QJsonObject &settings);

/// What plans assume of this machine until a run was measured on it.
struct AssumedSpeed {
    double f32FlopsPerSecond = 0, bf16FlopsPerSecond = 0, memoryBytesPerSecond = 0;
};
ATHANOR_EXPORT AssumedSpeed assumedSpeed();

/// The sample: the Python documentation as Debian packages it, or NotFound with the package to install.
ATHANOR_EXPORT Result<QString> sampleDocumentsFolder();
/// Settings with which the sample learns well in about eight minutes on two cores.
ATHANOR_EXPORT PipelineRequest samplePipeline();
/// Training settings with which a model that exists, of this architecture, goes on with the sample.
ATHANOR_EXPORT QJsonObject sampleContinuation(double minutes, const QJsonObject &architecture);

}  // namespace athanor::workbench
