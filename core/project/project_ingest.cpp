// Taking in what jobs have left. Role: each finished job is taken in once, by whichever program is first; again changes
// nothing. One transaction a job; only the documents of a curate job come before it, in batches (ingest_documents.cpp).
#include "core/base/hash.h"
#include "core/base/logging.h"
#include "core/project/project_impl.h"

#include <QDir>
#include <QFileInfo>

namespace athanor::project {

namespace {

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

qint64 integer(const QJsonObject &object, const char *key, qint64 usual = 0)
{
    return object.value(QLatin1String(key)).toInteger(usual);
}

QString hashOf(const QJsonArray &array)
{
    return sha256(toText(QJsonObject{{QStringLiteral("sources"), array}}).toUtf8());
}

QString now()
{
    return toText(QDateTime::currentDateTimeUtc());
}

}  // namespace

Result<bool> Project::ingestJobs()
{
    if (m_impl->info.readOnly)
        return false;
    const QDeadlineTimer until = m_impl->pace == Pace::Whole ? QDeadlineTimer(QDeadlineTimer::Forever) : QDeadlineTimer(kShortMs);
    bool changed = false;
    m_impl->isTakingIn = false;
    const QDir jobs(m_impl->path(QStringLiteral("jobs")));
    for (const QString &id : jobs.entryList(QDir::Dirs | QDir::NoDotAndDotDot, QDir::Name)) {
        if (m_impl->settled.contains(id) || m_impl->troubled.contains(id))
            continue;
        auto one = m_impl->ingest(id, until);
        if (!one && one.error().code != ErrorCode::Corrupt && one.error().code != ErrorCode::NotFound
            && one.error().code != ErrorCode::LimitExceeded)
            return one;
        if (!one) {  // one unreadable job does not keep the others out
            qCWarning(logProject).noquote() << one.error().message;
            m_impl->troubled.insert(id);
        }
        changed = changed || one.value_or(false);
    }
    ATHANOR_ASSIGN(const bool isSwept, m_impl->removeDiscarded(until));
    m_impl->isTakingIn = m_impl->isTakingIn || !isSwept;
    return changed;
}

void Project::setPace(Pace pace)
{
    m_impl->pace = pace;
}

bool Project::isTakingIn() const
{
    return m_impl->isTakingIn;
}

Result<bool> Project::Impl::isTakenIn(const WatchedJob &job, qint64 sequence) const
{
    ATHANOR_ASSIGN(Statement find, database.prepare("SELECT state, sequence FROM jobs WHERE id=?"));
    ATHANOR_ASSIGN(const bool hasRow, find.bind(job.folder.spec().id).step());
    return hasRow && find.text(0) == job::stateName(job.summary.state) && find.integer(1) >= sequence;
}

// Whether there is anything new is told by state and last artifact: progress and metrics are not kept here.
Result<bool> Project::Impl::ingest(const QString &jobId, const QDeadlineTimer &until)
{
    auto known = watched.find(jobId);
    if (known == watched.end()) {
        ATHANOR_ASSIGN(job::Folder folder, job::Folder::open(info.path, jobId));
        known = watched.emplace(jobId, WatchedJob{std::move(folder), {}, {}}).first;
    }
    WatchedJob &job = known->second;
    job.summary = job.folder.summary();
    for (job::Event &event : job.folder.readNewEvents(job::Folder::Read::WithoutMetrics))
        if (event.type == job::EventType::Artifact)
            job.artifacts += std::move(event);
    const QString state = job::stateName(job.summary.state);
    const qint64 sequence = std::max<qint64>(job.artifacts.isEmpty() ? 0 : job.artifacts.last().sequence,
                                             job::isFinal(job.summary.state) ? job.summary.lastSequence : 0);
    const auto settle = [&] {
        if (job.summary.state != job::State::Finished)
            return;
        settled.insert(jobId);
        watched.erase(jobId);
    };
    ATHANOR_ASSIGN(const bool wasRecorded, isTakenIn(job, sequence));
    if (wasRecorded) {
        settle();
        return false;
    }
    const bool isCurated = job.folder.spec().kind == QLatin1String("curate") && job.summary.state == job::State::Finished;
    if (isCurated) {
        ATHANOR_ASSIGN(const bool isComplete, takeInDocuments(job, sequence, until));
        isTakingIn = isTakingIn || !isComplete;
        if (!isComplete)
            return false;
    }
    using Ingest = Status (Impl::*)(const WatchedJob &);
    static const std::map<QString, Ingest> kIngest{{QStringLiteral("curate"), &Impl::ingestCurate},
                                                   {QStringLiteral("tokenizer"), &Impl::ingestTokenizer},
                                                   {QStringLiteral("train"), &Impl::ingestTrain},
                                                   {QStringLiteral("evaluate"), &Impl::ingestEvaluate},
                                                   {QStringLiteral("fetch"), &Impl::ingestFetch},
                                                   {QStringLiteral("import"), &Impl::ingestImport},
                                                   {QStringLiteral("adapter"), &Impl::ingestAdapter},
                                                   {QStringLiteral("export"), &Impl::ingestExport}};
    ATHANOR_TRY(write([&]() -> Status {
        ATHANOR_ASSIGN(const bool byAnother, isTakenIn(job, sequence));
        if (byAnother)
            return {};
        if (const auto taker = kIngest.find(job.folder.spec().kind); taker != kIngest.end())
            ATHANOR_TRY((this->*taker->second)(job));
        ATHANOR_ASSIGN(Statement mark, database.prepare("INSERT OR REPLACE INTO jobs(id, kind, title, state, sequence, message) "
                                                        "VALUES(?, ?, ?, ?, ?, ?)"));
        return mark.bind(jobId).bind(job.folder.spec().kind).bind(job.folder.spec().title).bind(state).bind(sequence)
            .bind(job.summary.error.message).run();
    }));
    settle();
    return true;
}

Result<qint64> Project::Impl::labelId(const QString &text)
{
    if (const auto known = labelIds.find(text); known != labelIds.end())
        return known->second;
    ATHANOR_ASSIGN(Statement insert, database.prepare("INSERT OR IGNORE INTO labels(text) VALUES(?)"));
    ATHANOR_TRY(insert.bind(text).run());
    ATHANOR_ASSIGN(Statement find, database.prepare("SELECT id FROM labels WHERE text=?"));
    ATHANOR_ASSIGN(const bool hasRow, find.bind(text).step());
    return labelIds[text] = hasRow ? find.integer(0) : 0;
}

// ---- curate

Status Project::Impl::makeDatasetVersion(const WatchedJob &job, const QJsonObject &parameters)
{
    const QJsonObject &result = job.summary.result;
    const QString name = text(parameters, "dataset");
    const QString corpusSha = text(result, "corpusSha256");
    const QJsonObject recipe = parameters.value(QLatin1String("recipe")).toObject();
    int version = 1;
    ATHANOR_ASSIGN(Statement newest, database.prepare(
        "SELECT id, version, corpus_sha, trash IS NOT NULL OR "
        "EXISTS(SELECT 1 FROM tokenizers t WHERE t.corpus_sha = d.corpus_sha) OR "
        "EXISTS(SELECT 1 FROM runs r WHERE r.corpus_sha = d.corpus_sha) OR "
        "EXISTS(SELECT 1 FROM evaluations e WHERE e.corpus_sha = d.corpus_sha) "
        "FROM datasets d WHERE name = ? ORDER BY version DESC LIMIT 1"));
    ATHANOR_ASSIGN(const bool exists, newest.bind(name).step());
    if (exists) {
        // What is in use stays as it is: the same content is the same version, other content a new one.
        const bool isReplaced = newest.text(2) == corpusSha || newest.integer(3) == 0;
        version = static_cast<int>(newest.integer(1)) + (isReplaced ? 0 : 1);
        const qint64 old = newest.integer(0);
        newest.reset();
        if (isReplaced)
            ATHANOR_TRY(discardDataset(old));
    }
    ATHANOR_ASSIGN(qint64 id, hiddenDataset(job.folder.spec().id));
    if (id < 0) {  // a job without a list of documents
        ATHANOR_ASSIGN(Statement insert, database.prepare(
            "INSERT INTO datasets(name, version, job, corpus, corpus_sha, recipe, recipe_hash, sources_hash, documents, kept, "
            "removed, unreadable, facts, created) VALUES(?, ?, '', '', '', '', '', '', 0, 0, 0, 0, '', '')"));
        ATHANOR_TRY(insert.bind(name).bind(version).run());
        id = database.lastInsertId();
    }
    ATHANOR_ASSIGN(Statement show, database.prepare(
        "UPDATE datasets SET name=?, version=?, job=?, corpus=?, corpus_sha=?, recipe=?, recipe_hash=?, sources_hash=?, "
        "documents=?, kept=?, removed=?, unreadable=?, facts=?, created=?, trash=NULL WHERE id=?"));
    ATHANOR_TRY(show.bind(name).bind(version).bind(job.folder.spec().id).bind(text(result, "corpus")).bind(corpusSha)
                    .bind(toText(recipe)).bind(sha256(toText(recipe).toUtf8()))
                    .bind(hashOf(parameters.value(QLatin1String("sources")).toArray()))
                    .bind(integer(result, "documents")).bind(integer(result, "kept")).bind(integer(result, "removed"))
                    .bind(integer(result, "unreadable")).bind(toText(result)).bind(toText(job.summary.ended)).bind(id).run());
    ATHANOR_ASSIGN(Statement keep, database.prepare("INSERT OR IGNORE INTO recipes(dataset, recipe, modified) VALUES(?, ?, ?)"));
    ATHANOR_TRY(keep.bind(name).bind(toText(recipe)).bind(now()).run());
    return addNode(corpusSha, QStringLiteral("corpus"), tr("%1, version %2").arg(name).arg(version), job.folder.spec().id);
}

Status Project::Impl::ingestCurate(const WatchedJob &job)
{
    if (job.summary.state != job::State::Finished)
        return {};
    return makeDatasetVersion(job, job.folder.parameters());
}

// ---- tokenizer

Status Project::Impl::ingestTokenizer(const WatchedJob &job)
{
    if (job.summary.state != job::State::Finished)
        return {};
    const QJsonObject parameters = job.folder.parameters();
    const QJsonObject &result = job.summary.result;
    const QString sha = text(result, "tokenizerSha256");
    const QString corpus = QFileInfo(text(parameters, "corpus")).fileName();
    ATHANOR_ASSIGN(Statement insert, database.prepare(
        "INSERT OR REPLACE INTO tokenizers(name, type, path, sha, vocabulary, corpus_sha, job, lossless, bytes_per_token, "
        "facts, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    ATHANOR_TRY(insert.bind(text(parameters, "name")).bind(text(result, "type")).bind(text(result, "tokenizer")).bind(sha)
                    .bind(integer(result, "vocabulary")).bind(corpus).bind(job.folder.spec().id)
                    .bind(result.value(QLatin1String("lossless")).toBool()).bind(realOf(result, "bytesPerToken"))
                    .bind(toText(result)).bind(toText(job.summary.ended)).run());
    // A model may have been queued together with its tokenizer, before this one had a hash.
    ATHANOR_ASSIGN(Statement complete,
                   database.prepare("UPDATE models SET tokenizer_sha=? WHERE tokenizer=? AND tokenizer_sha=''"));
    ATHANOR_TRY(complete.bind(sha).bind(text(parameters, "name")).run());
    ATHANOR_TRY(addNode(sha, QStringLiteral("tokenizer"), text(parameters, "name"), job.folder.spec().id));
    return corpus.isEmpty() ? Status() : addEdge(corpus, sha, job.folder.spec().id);
}

// ---- train

namespace {

QString shardsHash(const QString &corpus, const QString &tokenizer)
{
    return corpus.left(16) + QLatin1Char('-') + tokenizer.left(16);
}

}  // namespace

Status Project::Impl::ingestTrain(const WatchedJob &job)
{
    const job::Spec &spec = job.folder.spec();
    const QJsonObject parameters = job.folder.parameters();
    const QJsonObject &result = job.summary.result;
    const QString corpus = text(parameters, "corpusSha256");
    const QString tokenizer = text(parameters, "tokenizerSha256");
    ATHANOR_ASSIGN(Statement upsert, database.prepare(
        "INSERT INTO runs(id, title, model, corpus_sha, tokenizer_sha, parameters, state, created, started, ended, steps, "
        "tokens, seconds, validation_loss, bits_per_byte, best, last, facts) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT(id) DO UPDATE SET "
        "corpus_sha=excluded.corpus_sha, tokenizer_sha=excluded.tokenizer_sha, parameters=excluded.parameters, "
        "state=excluded.state, started=excluded.started, ended=excluded.ended, steps=excluded.steps, tokens=excluded.tokens, "
        "seconds=excluded.seconds, validation_loss=excluded.validation_loss, bits_per_byte=excluded.bits_per_byte, "
        "best=excluded.best, last=excluded.last, facts=excluded.facts"));
    ATHANOR_TRY(upsert.bind(spec.id).bind(spec.title).bind(text(parameters, "model")).bind(corpus).bind(tokenizer)
                    .bind(toText(parameters)).bind(job::stateName(job.summary.state)).bind(toText(spec.created))
                    .bind(toText(job.summary.started)).bind(toText(job.summary.ended))
                    .bind(integer(result, "steps", job.summary.step)).bind(integer(result, "tokens", -1))
                    .bind(realOf(result, "seconds")).bind(realOf(result, "validationLoss")).bind(realOf(result, "bitsPerByte"))
                    .bind(text(result, "bestCheckpoint")).bind(text(result, "lastCheckpoint"))
                    .bind(toText(result)).run());
    if (job.summary.attempt > 0 && !corpus.isEmpty()) {
        const QString shards = shardsHash(corpus, tokenizer);
        ATHANOR_TRY(addNode(shards, QStringLiteral("shards"), tr("Tokens of the corpus"), spec.id));
        ATHANOR_TRY(addNode(spec.id, QStringLiteral("run"), spec.title, spec.id));
        ATHANOR_TRY(addEdge(corpus, shards, spec.id));
        ATHANOR_TRY(addEdge(tokenizer, shards, spec.id));
        ATHANOR_TRY(addEdge(shards, spec.id, spec.id));
    }
    if (const QString from = text(parameters, "from"); !from.isEmpty()) {
        ATHANOR_ASSIGN(const Weights weights, weightsIn(from));
        if (!weights.sha256.isEmpty())
            ATHANOR_TRY(addEdge(weights.sha256, spec.id, spec.id));
    }
    for (const job::Event &event : job.artifacts) {
        if (text(event.data, "kind") != QLatin1String("checkpoint"))
            continue;
        const QString weights = text(event.data, "weightsSha256");
        const bool isBest = event.data.value(QLatin1String("best")).toBool();
        const qint64 step = integer(event.data, "step", event.step);
        if (isBest) {
            ATHANOR_ASSIGN(Statement others, database.prepare("UPDATE checkpoints SET best=0 WHERE run=?"));
            ATHANOR_TRY(others.bind(spec.id).run());
        }
        ATHANOR_ASSIGN(Statement insert, database.prepare(
            "INSERT OR REPLACE INTO checkpoints(path, run, step, loss, bits_per_byte, best, weights_sha, optimizer_sha, created) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        ATHANOR_TRY(insert.bind(text(event.data, "path")).bind(spec.id).bind(step).bind(realOf(event.data, "loss"))
                        .bind(realOf(event.data, "bitsPerByte")).bind(isBest).bind(weights)
                        .bind(text(event.data, "optimizerSha256")).bind(toText(event.utc)).run());
        if (weights.isEmpty())
            continue;
        ATHANOR_TRY(addNode(weights, QStringLiteral("checkpoint"), tr("%1, step %2").arg(spec.title).arg(step), spec.id));
        ATHANOR_TRY(addEdge(spec.id, weights, spec.id));
    }
    return {};
}

// ---- evaluate

/// A document that was fetched is a source, with the licence that was stated for it. Its place is kept relative to the
/// project, which may move; a place elsewhere than among the job's own files is none that a job may name.
Status Project::Impl::ingestFetch(const WatchedJob &job)
{
    const QString file = text(job.summary.result, "source");
    if (job.summary.state != job::State::Finished || file.isEmpty())
        return {};
    const QString folder = QStringLiteral("jobs/%1/files/").arg(job.folder.spec().id);
    if (!file.startsWith(folder) || file.size() == folder.size() || file.split(QLatin1Char('/')).contains(QLatin1String("..")))
        return fail(ErrorCode::Corrupt, tr("The job %1 names “%2” as what it fetched, which is not among its files.").arg(job.folder.spec().id, file));
    ATHANOR_ASSIGN(Statement insert, database.prepare("INSERT OR IGNORE INTO sources(id, plugin, location, licence, settings, added) VALUES(?, ?, ?, ?, ?, ?)"));
    return insert.bind(job.folder.spec().id).bind(QStringLiteral("source.files")).bind(file).bind(text(job.folder.parameters(), "licence"))
        .bind(toText(QJsonObject())).bind(toText(job.summary.ended)).run();
}

Status Project::Impl::ingestEvaluate(const WatchedJob &job)
{
    if (job.summary.state != job::State::Finished)
        return {};
    const job::Spec &spec = job.folder.spec();
    const QJsonObject parameters = job.folder.parameters();
    QJsonObject result = job.summary.result;
    // Of a part only: not the measure of the model. A file is one document.
    if (const qint64 most = integer(parameters, "limitDocuments"); most > 0 && text(parameters, "file").isEmpty())
        result.insert(QLatin1String("limitDocuments"), most);
    if (const qint64 most = integer(parameters, "limitBytes"); most > 0)
        result.insert(QLatin1String("limitBytes"), most);
    const QString checkpoint = text(parameters, "checkpoint");
    const QString corpus = QFileInfo(text(parameters, "corpus")).fileName();
    ATHANOR_ASSIGN(const Weights known, weightsIn(checkpoint));
    const QString run = known.runId;
    const QString weights = known.sha256.isEmpty() ? text(result, "weightsSha256") : known.sha256;
    ATHANOR_ASSIGN(Statement insert, database.prepare(
        "INSERT OR REPLACE INTO evaluations(id, checkpoint, run, weights_sha, corpus_sha, split, file, loss, perplexity, "
        "bits_per_byte, facts, created) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    ATHANOR_TRY(insert.bind(spec.id).bind(checkpoint).bind(run).bind(weights).bind(corpus).bind(text(parameters, "split"))
                    .bind(text(parameters, "file")).bind(realOf(result, "loss")).bind(realOf(result, "perplexity"))
                    .bind(realOf(result, "bitsPerByte")).bind(toText(result)).bind(toText(job.summary.ended)).run());
    ATHANOR_TRY(addNode(spec.id, QStringLiteral("evaluation"), spec.title, spec.id));
    if (!weights.isEmpty())
        ATHANOR_TRY(addEdge(weights, spec.id, spec.id));
    return corpus.isEmpty() ? Status() : addEdge(corpus, spec.id, spec.id);
}

}  // namespace athanor::project
