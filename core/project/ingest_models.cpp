// Taking in models that came from elsewhere (import jobs) and models that left (export jobs). Role: rows and lineage;
// the tokenizer of an import gets a place of its own among the objects, so that it outlives the import.
#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/identifier.h"
#include "core/project/project_impl.h"

#include <QFile>
#include <QFileInfo>

namespace athanor::project {

namespace {

constexpr qint64 kTokenizerLimit = qint64(128) << 20;

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

// What model.json says of where it came from; the result's entries where there is no such file.
QJsonObject factsOf(const QString &folder, const QJsonObject &result)
{
    const QJsonObject card = readJsonFile(folder + QStringLiteral("/model.json")).value_or(QJsonObject());
    QJsonObject facts{{QStringLiteral("family"), result.value(QLatin1String("family"))},
                      {QStringLiteral("licence"), result.value(QLatin1String("licence"))},
                      {QStringLiteral("hasChatTemplate"), result.value(QLatin1String("hasChatTemplate")).toBool()},
                      {QStringLiteral("warnings"), result.value(QLatin1String("warnings")).toArray()}};
    if (card.contains(QLatin1String("source")))
        facts.insert(QStringLiteral("source"), card.value(QLatin1String("source")));
    if (!text(result, "base").isEmpty())
        facts.insert(QStringLiteral("adapterBase"), text(result, "base"));
    return facts;
}

// Files that a tokenizer is made from; a GGUF file holds both it and the weights.
bool makesTokenizer(const QString &file)
{
    const QString name = QFileInfo(file).fileName().toLower();
    for (const char *part : {"tokenizer", "vocab", "merges", "spiece", "special_tokens", ".gguf"})
        if (name.contains(QLatin1String(part)))
            return true;
    return false;
}

}  // namespace

Result<Project::Impl::Weights> Project::Impl::weightsIn(const QString &folder) const
{
    ATHANOR_ASSIGN(Statement checkpoint, database.prepare("SELECT weights_sha, run FROM checkpoints WHERE path=?"));
    ATHANOR_ASSIGN(const bool isCheckpoint, checkpoint.bind(folder).step());
    if (isCheckpoint)
        return Weights{checkpoint.text(0), checkpoint.text(1)};
    ATHANOR_ASSIGN(Statement base, database.prepare("SELECT base_sha FROM models WHERE base=? ORDER BY trash IS NULL DESC"));
    ATHANOR_ASSIGN(const bool isBase, base.bind(folder).step());
    if (isBase)
        return Weights{base.text(0), {}};
    // A checkpoint of a run stands below its job folder, also when its event is not taken in yet.
    const bool isBelowJob = folder.startsWith(QLatin1String("jobs/")) && folder.contains(QLatin1String("/checkpoints/"));
    return Weights{{}, isBelowJob ? folder.section(QLatin1Char('/'), 1, 1) : QString()};
}

// ---- import

// The name that was asked for, with a number when another model took it meanwhile.
static Result<QString> freeName(const Database &database, const QString &wanted, const QString &job)
{
    ATHANOR_ASSIGN(Statement taken, database.prepare("SELECT 1 FROM models WHERE name=? AND job<>? AND trash IS NULL"));
    for (int number = 1;; ++number) {
        const QString name = number == 1 ? wanted : QStringLiteral("%1-%2").arg(wanted).arg(number);
        ATHANOR_ASSIGN(const bool isTaken, taken.bind(name).bind(job).step());
        taken.reset();
        if (!isTaken)
            return name;
    }
}

Status Project::Impl::ingestImport(const WatchedJob &job)
{
    if (job.summary.state != job::State::Finished)
        return {};
    const QJsonObject &result = job.summary.result;
    const QString wanted = text(result, "name").isEmpty() ? text(job.folder.parameters(), "name") : text(result, "name");
    ATHANOR_TRY(checkName(wanted));
    if (text(result, "checkpoint").isEmpty() || text(result, "weightsSha256").isEmpty())
        return fail(ErrorCode::Corrupt, tr("The import “%1” does not say what it brought in.").arg(job.folder.spec().title),
                    tr("Bring the model in again."));
    ATHANOR_ASSIGN(const QString name, freeName(database, wanted, job.folder.spec().id));
    const QJsonObject facts = factsOf(path(text(result, "checkpoint")), result);
    ATHANOR_TRY(takeInTokenizer(job, name));
    ATHANOR_TRY(takeInModel(job, name, facts));
    return linkImport(job, name, facts);
}

// An adapter that came from elsewhere is a model like others; one that was only merged into a folder is none.
Status Project::Impl::ingestAdapter(const WatchedJob &job)
{
    return text(job.folder.parameters(), "action") == QLatin1String("import") ? ingestImport(job) : Status();
}

Status Project::Impl::takeInTokenizer(const WatchedJob &job, const QString &name)
{
    const QJsonObject tokenizer = job.summary.result.value(QLatin1String("tokenizer")).toObject();
    const QString sha = text(tokenizer, "sha256");
    if (sha.isEmpty())
        return {};  // a model without one: an encoder of something else, or weights alone
    QFile file(path(text(tokenizer, "path")));
    if (file.size() > kTokenizerLimit || !file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Corrupt, tr("The tokenizer of “%1” is missing or too large.").arg(name), tr("Bring the model in again."));
    const QByteArray bytes = file.readAll();
    if (sha256(bytes) != sha)
        return fail(ErrorCode::Corrupt, tr("The tokenizer of “%1” has changed since it was brought in.").arg(name),
                    tr("Bring the model in again."));
    const QString stored = QStringLiteral("objects/tokenizers/%1.%2").arg(sha, QFileInfo(file).suffix());
    ATHANOR_TRY(makeFolder(path(QStringLiteral("objects/tokenizers"))));
    if (!QFileInfo::exists(path(stored)))
        ATHANOR_TRY(writeFileAtomically(path(stored), bytes));
    ATHANOR_ASSIGN(Statement insert, database.prepare(
        "INSERT INTO tokenizers(name, type, path, sha, vocabulary, corpus_sha, job, lossless, bytes_per_token, facts, created) "
        "VALUES(?, ?, ?, ?, ?, '', ?, ?, ?, ?, ?) ON CONFLICT(job) DO UPDATE SET type=excluded.type, path=excluded.path, "
        "sha=excluded.sha, vocabulary=excluded.vocabulary, lossless=excluded.lossless, facts=excluded.facts"));
    return insert.bind(name).bind(text(tokenizer, "type")).bind(stored).bind(sha)
        .bind(tokenizer.value(QLatin1String("vocabulary")).toInteger()).bind(job.folder.spec().id)
        .bind(tokenizer.value(QLatin1String("lossless")).toBool()).bind(realOf(tokenizer, "bytesPerToken"))
        .bind(toText(tokenizer)).bind(toText(job.summary.ended)).run();
}

Status Project::Impl::takeInModel(const WatchedJob &job, const QString &name, const QJsonObject &facts)
{
    const QJsonObject &result = job.summary.result;
    const QJsonObject tokenizer = result.value(QLatin1String("tokenizer")).toObject();
    const QString id = job.folder.spec().id;
    ATHANOR_ASSIGN(Statement known, database.prepare("SELECT 1 FROM models WHERE job=?"));
    ATHANOR_ASSIGN(const bool isKnown, known.bind(id).step());
    known.reset();
    ATHANOR_ASSIGN(Statement write, isKnown
        ? database.prepare("UPDATE models SET architecture=?, tokenizer=?, tokenizer_sha=?, parameters=?, created=?, base=?, "
                           "base_sha=?, facts=? WHERE job=?")
        : database.prepare("INSERT INTO models(architecture, tokenizer, tokenizer_sha, parameters, created, base, base_sha, facts, "
                           "job, name) VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    write.bind(toText(result.value(QLatin1String("architecture")).toObject()))
        .bind(text(tokenizer, "sha256").isEmpty() ? QString() : name).bind(text(tokenizer, "sha256"))
        .bind(result.value(QLatin1String("parameters")).toInteger()).bind(toText(job.summary.ended)).bind(text(result, "checkpoint"))
        .bind(text(result, "weightsSha256")).bind(toText(facts)).bind(id);
    return isKnown ? write.run() : write.bind(name).run();
}

Status Project::Impl::linkImport(const WatchedJob &job, const QString &name, const QJsonObject &facts)
{
    const QString id = job.folder.spec().id;
    const QString weights = text(job.summary.result, "weightsSha256");
    const QString tokenizer = text(job.summary.result.value(QLatin1String("tokenizer")).toObject(), "sha256");
    ATHANOR_TRY(addNode(weights, QStringLiteral("model"), name, id));
    if (!tokenizer.isEmpty())
        ATHANOR_TRY(addNode(tokenizer, QStringLiteral("tokenizer"), name, id));
    const QJsonObject files = facts.value(QLatin1String("source")).toObject().value(QLatin1String("sha256")).toObject();
    for (auto it = files.begin(); it != files.end(); ++it) {
        const QString hash = it.value().toString();
        if (hash.isEmpty() || hash == weights)
            continue;
        ATHANOR_TRY(addNode(hash, QStringLiteral("file"), it.key(), id));  // a file taken over unchanged is the tokenizer itself
        ATHANOR_TRY(addEdge(hash, weights, id));
        if (!tokenizer.isEmpty() && hash != tokenizer && makesTokenizer(it.key()))
            ATHANOR_TRY(addEdge(hash, tokenizer, id));
    }
    return {};
}

// ---- export

Status Project::Impl::ingestExport(const WatchedJob &job)
{
    if (job.summary.state != job::State::Finished)
        return {};
    const job::Spec &spec = job.folder.spec();
    const QJsonObject parameters = job.folder.parameters();
    const QJsonObject &result = job.summary.result;
    ATHANOR_ASSIGN(const Weights weights, weightsIn(text(parameters, "checkpoint")));
    qint64 bytes = 0;
    for (const QJsonValue &file : result.value(QLatin1String("files")).toArray())
        bytes += file.toObject().value(QLatin1String("bytes")).toInteger();
    ATHANOR_ASSIGN(Statement insert, database.prepare(
        "INSERT OR REPLACE INTO exports(id, checkpoint, run, weights_sha, format, dtype, path, bytes, facts, created) "
        "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
    ATHANOR_TRY(insert.bind(spec.id).bind(text(parameters, "checkpoint")).bind(weights.runId).bind(weights.sha256)
                    .bind(text(parameters, "format")).bind(text(parameters, "dtype")).bind(text(result, "path")).bind(bytes)
                    .bind(toText(result)).bind(toText(job.summary.ended)).run());
    ATHANOR_TRY(addNode(spec.id, QStringLiteral("export"), spec.title, spec.id));
    return weights.sha256.isEmpty() ? Status() : addEdge(weights.sha256, spec.id, spec.id);
}

}  // namespace athanor::project
