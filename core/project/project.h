// A project: a folder with project.sqlite, objects/ and jobs/. Role: the one place that knows SQL. It keeps sources,
// datasets, documents, tokenizers, models, runs, checkpoints, evaluations and how each was made; takes in what jobs
// have left in their folders; says how each stage stands. Workers never open it.
// Limits: several programs may open one project; writers take turns (5 s, then Busy).
// Thread: each object for one thread (a check after an unclean close runs beside it, on a connection of its own).
#pragma once

#include "core/project/rows.h"

#include <memory>
#include <optional>

namespace athanor::project {

inline constexpr int kSchemaVersion = 3;

enum class OpenMode { ReadWrite, ReadOnly };

class ATHANOR_EXPORT Project {
public:
    /// Makes the folder and the store. AlreadyExists when there is a project; InvalidInput when the folder has other files.
    static Result<std::unique_ptr<Project>> create(const QString &folder, const QString &title);
    /// Errors: NotFound (no project here), NewerVersion, Corrupt (with what can be rescued), Busy.
    /// A folder that cannot be written to is opened for reading: info().readOnly says so, and changes answer ReadOnly.
    static Result<std::unique_ptr<Project>> open(const QString &folder, OpenMode mode = OpenMode::ReadWrite);
    ~Project();
    Project(const Project &) = delete;

    static bool isProject(const QString &folder);
    Info info() const;
    QString path() const { return info().path; }
    Status setTitle(const QString &title);

    /// The window's lock: one window a project. Busy names the other window's process. Held until this object ends.
    Status lockForWindow();
    /// Process of the window that has the project open, or 0.
    static qint64 windowProcess(const QString &folder);

    /// After an unclean close a quick check runs beside; empty while it runs or when none was needed.
    std::optional<Status> backgroundCheckResult() const;
    /// The whole file, on request (3.6 s for a million documents).
    Status check();
    /// Changes whenever this or another program changed the store: pages ask whether to read again.
    qint64 revision() const;

    // ---- settings of the project, as JSON by key
    QJsonValue setting(const QString &key) const;
    Status setSetting(const QString &key, const QJsonValue &value);
    QJsonObject objective() const;  // the wizard's answers
    Status setObjective(const QJsonObject &objective);

    // ---- sources and recipes
    /// AlreadyExists when plugin and location stand already. Returns the id.
    Result<QString> addSource(const Source &source);
    Status removeSource(const QString &id);
    Result<QList<Source>> sources() const;
    /// The "sources" of a curate spec; sourcesHash() of a dataset is taken of exactly this. What was fetched has its place
    /// relative to the project.
    Result<QJsonArray> sourcesForSpec() const;
    /// The recipe that a dataset is to be built with next; empty when none was set. Changing it makes stages out of date.
    QJsonObject recipe(const QString &dataset) const;
    Status setRecipe(const QString &dataset, const QJsonObject &recipe);

    // ---- datasets and documents
    Result<QList<Dataset>> datasets() const;                                  // newest first, all versions
    Result<Dataset> dataset(const QString &name, int version = 0) const;      // 0: the newest version
    std::optional<Dataset> datasetOfCorpus(const QString &corpusSha256) const;
    /// In document order; `after` is 0 or the `next` of the page before.
    Result<DocumentPage> documents(const DocumentFilter &filter, qint64 after = 0, int limit = 100) const;
    Result<qint64> documentCount(const DocumentFilter &filter) const;
    Result<QList<ReasonCount>> reasonCounts(qint64 dataset) const;
    Result<QList<LicenceCount>> licences(qint64 dataset) const;               // of the kept documents, most first
    Result<Document> document(qint64 dataset, const QString &documentId) const;
    /// Documents of the newest versions whose path has these words or beginnings of words.
    Result<QList<Document>> searchDocuments(const QString &text, int limit = 50) const;

    // ---- tokenizers, models, runs
    Result<QList<Tokenizer>> tokenizers() const;                              // newest first
    Result<Tokenizer> tokenizer(const QString &nameOrSha256) const;
    Result<QList<Model>> models() const;                                      // newest first
    Result<Model> model(const QString &name) const;
    /// AlreadyExists when the name is taken, unless nothing was trained with it yet: then it is replaced.
    Status addModel(const Model &model);
    Result<QList<Run>> runs() const;                                          // newest first
    Result<Run> run(const QString &id) const;
    Result<QList<Checkpoint>> checkpoints(const QString &runId) const;        // by step
    Result<Checkpoint> checkpoint(const QString &path) const;
    Result<QList<Evaluation>> evaluations(const QString &runId = {}) const;   // newest first; empty: all
    Result<QList<Export>> exports(const QString &runId = {}) const;           // newest first; empty: all

    // ---- jobs
    /// Takes in what jobs have left since the last call; any number of times, by any number of programs.
    /// Returns true when a job was taken in.
    Result<bool> ingestJobs();
    /// Short, for a window: ingestJobs() stops after about kShortMs in the middle of a long list of documents; then
    /// isTakingIn() is true and the next call goes on. Whole is usual.
    enum class Pace { Whole, Short };
    static constexpr int kShortMs = 60;
    void setPace(Pace pace);
    bool isTakingIn() const;

    // ---- how things were made
    Result<QList<Run>> runsThatSaw(const QString &documentId) const;
    /// Everything that a result stands on (a checkpoint's weights hash or path, an evaluation's or run's id, a corpus hash …).
    Result<QList<LineageNode>> whatMade(const QString &hash) const;
    /// Everything that was made from it.
    Result<QList<LineageNode>> whatWasMadeFrom(const QString &hash) const;

    // ---- the rail
    Result<QList<StageStatus>> stages() const;

    /// What a look at the sources of the dataset of job `jobId` has found ("3 files changed"; empty: nothing): the Data
    /// stage shows it. Not stored. True when it is news.
    bool noteSourceChanges(const QString &jobId, const QString &text);

    // ---- trash
    /// Each returns the id of the trash entry, with which restore() undoes it. Busy while a job runs on it.
    Result<QString> deleteRun(const QString &id);
    /// An imported model takes its job folder with it, and its tokenizer when no other model uses that. Refused (Busy)
    /// while runs with adapters stand on its weights.
    Result<QString> deleteModel(const QString &name);
    Result<QString> deleteDataset(const QString &name, int version);
    Result<QString> deleteTokenizer(const QString &name);
    Result<QList<TrashEntry>> trash() const;
    Status restore(const QString &trashId);
    /// Empties the trash, frees objects that nothing refers to, what was read of documents before (cache/) and downloads that were brought in. `dryRun` only says what would go.
    enum class CleanMode { DryRun, Remove };
    Result<CleanReport> clean(CleanMode mode);
    /// The whole project as one file, a .tar.zst; the store may be in use meanwhile, jobs must not run (Busy).
    Status archive(const QString &file) const;

private:
    struct Impl;
    explicit Project(std::unique_ptr<Impl> impl);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::project
