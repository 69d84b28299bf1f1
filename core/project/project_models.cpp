// Tokenizers, models, runs, checkpoints, evaluations: reading, and adding models.
#include "core/base/identifier.h"
#include "core/project/project_impl.h"

#include <QFileInfo>

namespace athanor::project {

namespace {

/// `otherwise`: what to do where none is known.
tl::unexpected<Error> notFound(const QString &what, const QStringList &known, const QString &otherwise)
{
    return fail(ErrorCode::NotFound, what, known.isEmpty() ? otherwise : tr("Known are: %1.").arg(known.join(QStringLiteral(", "))));
}

Model modelFrom(const Statement &row)
{
    Model model;
    model.name = row.text(0);
    model.architecture = objectFrom(row.text(1));
    model.tokenizer = row.text(2);
    model.tokenizerSha256 = row.text(3);
    model.parameters = row.integer(4);
    model.created = timeFrom(row.text(5));
    model.base = row.text(6);
    model.baseSha256 = row.text(7);
    model.facts = objectFrom(row.text(8));
    model.jobId = row.text(9);
    return model;
}

Checkpoint checkpointFrom(const Statement &row)
{
    Checkpoint checkpoint;
    checkpoint.path = row.text(0);
    checkpoint.runId = row.text(1);
    checkpoint.step = row.integer(2);
    checkpoint.loss = row.real(3);
    checkpoint.bitsPerByte = row.real(4);
    checkpoint.isBest = row.integer(5) != 0;
    checkpoint.weightsSha256 = row.text(6);
    checkpoint.optimizerSha256 = row.text(7);
    checkpoint.created = timeFrom(row.text(8));
    return checkpoint;
}

Evaluation evaluationFrom(const Statement &row)
{
    Evaluation evaluation;
    evaluation.id = row.text(0);
    evaluation.checkpoint = row.text(1);
    evaluation.runId = row.text(2);
    evaluation.weightsSha256 = row.text(3);
    evaluation.corpusSha256 = row.text(4);
    evaluation.split = row.text(5);
    evaluation.file = row.text(6);
    evaluation.loss = row.real(7);
    evaluation.perplexity = row.real(8);
    evaluation.bitsPerByte = row.real(9);
    evaluation.facts = objectFrom(row.text(10));
    evaluation.created = timeFrom(row.text(11));
    return evaluation;
}

Export exportFrom(const Statement &row)
{
    Export one;
    one.id = row.text(0);
    one.checkpoint = row.text(1);
    one.runId = row.text(2);
    one.weightsSha256 = row.text(3);
    one.format = row.text(4);
    one.dtype = row.text(5);
    one.path = row.text(6);
    one.bytes = row.integer(7);
    one.facts = objectFrom(row.text(8));
    one.created = timeFrom(row.text(9));
    return one;
}

}  // namespace

Tokenizer tokenizerFrom(const Statement &row)
{
    Tokenizer tokenizer;
    tokenizer.name = row.text(0);
    tokenizer.type = row.text(1);
    tokenizer.path = row.text(2);
    tokenizer.sha256 = row.text(3);
    tokenizer.vocabulary = row.integer(4);
    tokenizer.corpusSha256 = row.text(5);
    tokenizer.jobId = row.text(6);
    tokenizer.isLossless = row.integer(7) != 0;
    tokenizer.bytesPerToken = row.real(8);
    tokenizer.facts = objectFrom(row.text(9));
    tokenizer.created = timeFrom(row.text(10));
    return tokenizer;
}

Run runFrom(const Statement &row)
{
    Run run;
    run.id = row.text(0);
    run.title = row.text(1);
    run.model = row.text(2);
    run.corpusSha256 = row.text(3);
    run.tokenizerSha256 = row.text(4);
    run.parameters = objectFrom(row.text(5));
    const bool sorts = run.parameters.value(QLatin1String("teaching")).toObject().value(QLatin1String("kind")) == QLatin1String("labels");
    run.continuesText = run.parameters.value(QLatin1String("continuesText")).toBool(!sorts);
    run.state = row.text(6);
    run.created = timeFrom(row.text(7));
    run.started = timeFrom(row.text(8));
    run.ended = timeFrom(row.text(9));
    run.steps = row.integer(10);
    run.tokens = row.integer(11);
    run.seconds = row.real(12);
    run.validationLoss = row.real(13);
    run.bitsPerByte = row.real(14);
    run.bestCheckpoint = row.text(15);
    run.lastCheckpoint = row.text(16);
    run.facts = objectFrom(row.text(17));
    run.dataset = row.text(18);
    run.datasetVersion = static_cast<int>(row.integer(19));
    return run;
}

// The dataset's name and version come last: a run knows only the corpus, which may stand in several versions.
#define ATHANOR_RUN_COLUMNS                                                                                            \
    "SELECT r.id, r.title, r.model, r.corpus_sha, r.tokenizer_sha, r.parameters, r.state, r.created, r.started, "       \
    "r.ended, r.steps, r.tokens, r.seconds, r.validation_loss, r.bits_per_byte, r.best, r.last, r.facts, "              \
    "(SELECT name FROM datasets d WHERE d.corpus_sha = r.corpus_sha ORDER BY d.id DESC LIMIT 1), "                      \
    "(SELECT version FROM datasets d WHERE d.corpus_sha = r.corpus_sha ORDER BY d.id DESC LIMIT 1) FROM runs r "
const char kRunColumns[] = ATHANOR_RUN_COLUMNS;

#define ATHANOR_TOKENIZER_COLUMNS                                                                                      \
    "SELECT name, type, path, sha, vocabulary, corpus_sha, job, lossless, bytes_per_token, facts, created FROM tokenizers "
const char kTokenizerColumns[] = ATHANOR_TOKENIZER_COLUMNS;

// ---- tokenizers

Result<QList<Tokenizer>> Project::tokenizers() const
{
    // A name trained again stands for the newer one; the older stays reachable by its hash.
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        ATHANOR_TOKENIZER_COLUMNS "WHERE id IN (SELECT max(id) FROM tokenizers WHERE trash IS NULL GROUP BY name) ORDER BY id DESC"));
    return rowsOf<Tokenizer>(statement, tokenizerFrom);
}

Result<Tokenizer> Project::tokenizer(const QString &nameOrSha256) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        ATHANOR_TOKENIZER_COLUMNS "WHERE (name = ?1 OR sha = ?1) AND trash IS NULL ORDER BY name = ?1 DESC, id DESC LIMIT 1"));
    ATHANOR_ASSIGN(const bool hasRow, statement.bind(nameOrSha256).step());
    if (hasRow)
        return tokenizerFrom(statement);
    QStringList known;
    if (const auto all = tokenizers())
        for (const Tokenizer &one : *all)
            known += one.name;
    return notFound(tr("There is no tokenizer “%1”.").arg(nameOrSha256), known, tr("Train one first, on the Tokenizer page or with “athanor-cli tokenizer train NAME --dataset D”."));
}

// ---- models

Result<QList<Model>> Project::models() const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "SELECT name, architecture, tokenizer, tokenizer_sha, parameters, created, base, base_sha, facts, job FROM models "
        "WHERE trash IS NULL ORDER BY id DESC"));
    return rowsOf<Model>(statement, modelFrom);
}

Result<Model> Project::model(const QString &name) const
{
    ATHANOR_ASSIGN(const QList<Model> all, models());
    QStringList known;
    for (const Model &one : all) {
        if (one.name == name)
            return one;
        known += one.name;
    }
    return notFound(tr("There is no model “%1”.").arg(name), known, tr("Make one first, on the Architecture page or with “athanor-cli model create NAME”."));
}

Status Project::addModel(const Model &model)
{
    ATHANOR_TRY(checkName(model.name));
    if (const auto known = this->model(model.name); known && !known->base.isEmpty())
        return fail(ErrorCode::AlreadyExists, tr("There is a model “%1” already, and it was brought in with its weights.").arg(model.name),
                    tr("Choose another name, or delete that model first."));
    return m_impl->write([&]() -> Status {
        ATHANOR_ASSIGN(Statement used, m_impl->database.prepare(
            "SELECT 1 FROM runs JOIN models ON models.name = runs.model AND models.trash IS NULL "
            "WHERE runs.model = ? AND runs.trash IS NULL"));
        ATHANOR_ASSIGN(const bool isUsed, used.bind(model.name).step());
        if (isUsed)
            return fail(ErrorCode::AlreadyExists, tr("There is a model “%1” already, and it has been trained.").arg(model.name),
                        tr("Choose another name, or delete that model first."));
        ATHANOR_ASSIGN(Statement remove, m_impl->database.prepare("DELETE FROM models WHERE name = ? AND trash IS NULL"));
        ATHANOR_TRY(remove.bind(model.name).run());
        ATHANOR_ASSIGN(Statement insert, m_impl->database.prepare(
            "INSERT INTO models(name, architecture, tokenizer, tokenizer_sha, parameters, created, base, base_sha, facts, job) "
            "VALUES(?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"));
        const QDateTime created = model.created.isValid() ? model.created : QDateTime::currentDateTimeUtc();
        return insert.bind(model.name).bind(toText(model.architecture)).bind(model.tokenizer).bind(model.tokenizerSha256)
            .bind(model.parameters).bind(toText(created)).bind(model.base).bind(model.baseSha256).bind(toText(model.facts))
            .bind(model.jobId).run();
    });
}

// ---- runs and what came of them

Result<QList<Run>> Project::runs() const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(ATHANOR_RUN_COLUMNS "WHERE r.trash IS NULL ORDER BY r.id DESC"));
    return rowsOf<Run>(statement, runFrom);
}

Result<Run> Project::run(const QString &id) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(ATHANOR_RUN_COLUMNS "WHERE r.id = ? AND r.trash IS NULL"));
    ATHANOR_ASSIGN(const bool hasRow, statement.bind(id).step());
    if (!hasRow)
        return notFound(tr("There is no run “%1”.").arg(id), {}, tr("“athanor-cli run list” shows the runs with their ids."));
    return runFrom(statement);
}

Result<QList<Checkpoint>> Project::checkpoints(const QString &runId) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "SELECT path, run, step, loss, bits_per_byte, best, weights_sha, optimizer_sha, created FROM checkpoints "
        "WHERE run = ? ORDER BY step, created"));
    statement.bind(runId);
    ATHANOR_ASSIGN(QList<Checkpoint> all, rowsOf<Checkpoint>(statement, checkpointFrom));
    // A run keeps only some of its checkpoints on the disk.
    all.removeIf([this](const Checkpoint &one) { return !QFileInfo(m_impl->path(one.path)).isDir(); });
    return all;
}

Result<Checkpoint> Project::checkpoint(const QString &path) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "SELECT path, run, step, loss, bits_per_byte, best, weights_sha, optimizer_sha, created FROM checkpoints WHERE path = ?"));
    ATHANOR_ASSIGN(const bool hasRow, statement.bind(path).step());
    if (!hasRow)
        return notFound(tr("There is no checkpoint “%1”.").arg(path), {}, tr("“athanor-cli run show ID” lists the checkpoints of a run."));
    return checkpointFrom(statement);
}

Result<QList<Evaluation>> Project::evaluations(const QString &runId) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "SELECT id, checkpoint, run, weights_sha, corpus_sha, split, file, loss, perplexity, bits_per_byte, facts, created "
        "FROM evaluations WHERE trash IS NULL AND (?1 = '' OR run = ?1) ORDER BY id DESC"));
    statement.bind(runId);
    return rowsOf<Evaluation>(statement, evaluationFrom);
}

Result<QList<Export>> Project::exports(const QString &runId) const
{
    ATHANOR_ASSIGN(Statement statement, m_impl->database.prepare(
        "SELECT id, checkpoint, run, weights_sha, format, dtype, path, bytes, facts, created FROM exports "
        "WHERE ?1 = '' OR run = ?1 ORDER BY id DESC"));
    statement.bind(runId);
    return rowsOf<Export>(statement, exportFrom);
}

}  // namespace athanor::project
