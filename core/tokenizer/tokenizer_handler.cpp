// Role: the steps of a tokenizer job: gather text, train in a child, check on held-out text, store under its hash.
// Thread: the worker's.
#include "core/tokenizer/tokenizer_handler.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"
#include "core/base/locations.h"
#include "core/tokenizer/measure.h"
#include "core/tokenizer/trainer_process.h"
#include "core/tokenizer/training_text.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::tokenizer {

namespace {

constexpr qint64 kDefaultTextBytes = 30000000;
constexpr qint64 kModelLimit = qint64(128) << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString textOf(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

class TokenizerHandler final : public job::Handler {
public:
    explicit TokenizerHandler(QString worker) : m_worker(std::move(worker)) {}
    QString kind() const override { return QStringLiteral("tokenizer"); }
    Result<QJsonObject> run(job::Context &context) override;

private:
    Result<QJsonObject> import(job::Context &context, const QString &path) const;
    Result<QJsonObject> train(job::Context &context) const;
    Status gather(job::Context &context, const corpus::CorpusReader &corpus, const QJsonObject &settings, const QString &file) const;
    QString m_worker;
};

// A path of the job's parameters: relative to the project unless absolute.
QString inProject(const job::Context &context, const QString &path)
{
    return QDir::cleanPath(QDir(context.projectPath()).absoluteFilePath(path));
}

Result<corpus::CorpusReader> openCorpus(const job::Context &context)
{
    const QString path = textOf(context.spec().parameters, "corpus");
    if (path.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("The job does not say from which dataset to learn."),
                    tr("Prepare a dataset first, then train a tokenizer on it."));
    return corpus::CorpusReader::open(inProject(context, path));
}

// Stored under the hash of its bytes; a second copy of the same model is the same file.
Result<QJsonObject> store(job::Context &context, const QByteArray &bytes, const Tokenizer &tokenizer)
{
    const QString hash = athanor::sha256(bytes);
    const QString relative = QStringLiteral("objects/tokenizers/%1.%2").arg(hash, QFileInfo(tokenizerFileName(bytes)).suffix());
    const QString path = inProject(context, relative);
    ATHANOR_TRY(makeFolder(QFileInfo(path).absolutePath()));
    ATHANOR_TRY(writeFileAtomically(path, bytes));
    context.artifact(-1, QStringLiteral("tokenizer"), relative, {{QStringLiteral("sha256"), hash}});
    return QJsonObject{{QStringLiteral("tokenizer"), relative},
                       {QStringLiteral("tokenizerSha256"), hash},
                       {QStringLiteral("vocabulary"), tokenizer.vocabularySize()},
                       {QStringLiteral("type"), tokenizer.typeName()},
                       {QStringLiteral("lossless"), tokenizer.isLossless()},
                       {QStringLiteral("statistics"), toJson(tokenizer, statistics(tokenizer))}};
}

QJsonArray languagesJson(const Measurement &measurement)
{
    QStringList names = measurement.languages.keys();
    std::stable_sort(names.begin(), names.end(), [&](const QString &a, const QString &b) {
        return measurement.languages[a].bytes > measurement.languages[b].bytes;
    });
    QJsonArray array;
    for (const QString &name : names) {
        const Coverage &coverage = measurement.languages[name];
        array.append(QJsonObject{{QStringLiteral("language"), name},
                                 {QStringLiteral("bytesPerToken"), coverage.bytesPerToken()},
                                 {QStringLiteral("fallbackShare"), coverage.fallbackShare()},
                                 {QStringLiteral("documents"), coverage.documents},
                                 {QStringLiteral("bytes"), coverage.bytes}});
    }
    return array;
}

void addMeasurement(job::Context &context, QJsonObject &result, const Tokenizer &tokenizer, const Measurement &measurement)
{
    result.insert(QStringLiteral("lossless"), tokenizer.isLossless() && measurement.isLossless);
    result.insert(QStringLiteral("bytesPerToken"), measurement.all.bytesPerToken());
    result.insert(QStringLiteral("fallbackShare"), measurement.all.fallbackShare());
    result.insert(QStringLiteral("measuredOn"), measurement.split);
    result.insert(QStringLiteral("measuredBytes"), measurement.all.bytes);
    result.insert(QStringLiteral("languages"), languagesJson(measurement));
    if (measurement.isLossless)
        return;
    result.insert(QStringLiteral("firstDifference"), measurement.firstDifference);
    context.log(QStringLiteral("warning"),
                tr("Text does not come back unchanged from this tokenizer; the first difference is in “%1” at byte %2.")
                    .arg(textOf(measurement.firstDifference, "path"))
                    .arg(measurement.firstDifference.value(QLatin1String("byte")).toInteger()));
}

Result<QJsonObject> validSettings(job::Context &context, const QString &pluginId)
{
    const plugin::Metadata *metadata = context.plugins().find(pluginId);
    if (!metadata || metadata->kind != QLatin1String("tokenizer")) {
        QStringList known;
        for (const plugin::Metadata *entry : context.plugins().ofKind(QStringLiteral("tokenizer")))
            known += entry->id;
        return fail(ErrorCode::NotFound, tr("There is no kind of tokenizer named “%1”.").arg(pluginId),
                    tr("Known are: %1.").arg(known.join(QStringLiteral(", "))));
    }
    return metadata->parameters.validate(context.spec().parameters.value(QLatin1String("settings")).toObject());
}

// Even over all documents of the training part; never from the validation part.
Status TokenizerHandler::gather(job::Context &context, const corpus::CorpusReader &corpus, const QJsonObject &settings,
                                const QString &file) const
{
    const QString split = QStringLiteral("train");
    const qint64 total = corpus.byteCount(split);
    const qint64 limit = settings.value(QLatin1String("training_bytes")).toInteger(kDefaultTextBytes);
    ATHANOR_ASSIGN(TrainingTextWriter writer, TrainingTextWriter::create(file, total, limit));
    qint64 done = 0;
    const qint64 count = corpus.documentCount(split);
    for (qint64 i = 0; i < count; ++i) {
        if (context.cancelToken().isCancelled() || context.pauseRequested())
            return job::stoppedHere(tr("Nothing of this tokenizer is kept."));
        ATHANOR_ASSIGN(const corpus::CorpusDocument document, corpus.document(split, i));
        ATHANOR_TRY(writer.add(document.text));
        done += document.text.size();
        context.report({tr("Gathering text"), done, total, QStringLiteral("bytes")});
    }
    if (writer.sentenceCount() == 0)
        return fail(ErrorCode::InvalidInput, tr("The training part of this dataset has no text."),
                    tr("Add documents, or loosen the rules that removed them."));
    context.log(QStringLiteral("info"), tr("Learning from %1 of %2 bytes.").arg(writer.byteCount()).arg(total));
    return writer.finish();
}

Result<QJsonObject> TokenizerHandler::train(job::Context &context) const
{
    const QString pluginId = textOf(context.spec().parameters, "plugin");
    ATHANOR_ASSIGN(const QJsonObject settings, validSettings(context, pluginId));
    ATHANOR_ASSIGN(const corpus::CorpusReader corpus, openCorpus(context));
    const QDir folder(context.jobPath());
    const TrainerRequest request{m_worker.isEmpty() ? programPath(QStringLiteral("athanor-worker")) : m_worker,
                                 pluginId,
                                 settings,
                                 folder.filePath(QStringLiteral("training-text.bin")),
                                 folder.filePath(QStringLiteral("tokenizer.model")),
                                 folder.filePath(QStringLiteral("training-request.json"))};
    ATHANOR_TRY(gather(context, corpus, settings, request.textFile));
    QString log;
    const Status trained = trainInChild(request, context, context.cancelToken(), &log);
    QFile::remove(request.textFile);
    if (!trained) {
        if (!log.isEmpty())
            context.log(QStringLiteral("error"), log.right(4000));
        return fail(trained.error());
    }
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(request.modelFile, kModelLimit));
    ATHANOR_ASSIGN(const std::shared_ptr<const Tokenizer> tokenizer, readTokenizer(request.modelFile));
    ATHANOR_ASSIGN(const Measurement measurement, measureOnCorpus(*tokenizer, corpus, context, context.cancelToken()));
    ATHANOR_ASSIGN(QJsonObject result, store(context, bytes, *tokenizer));
    addMeasurement(context, result, *tokenizer, measurement);
    QFile::remove(request.modelFile);
    return result;
}

Result<QJsonObject> TokenizerHandler::import(job::Context &context, const QString &path) const
{
    context.report({tr("Reading the tokenizer"), 0, 1, {}});
    const QString given = inProject(context, path);
    QString file = given;
    if (QFileInfo(given).isDir()) {
        ATHANOR_ASSIGN(file, findTokenizer(given));
    }
    ATHANOR_ASSIGN(const std::shared_ptr<const Tokenizer> tokenizer, readTokenizer(file));
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(file, kModelLimit));
    if (athanor::sha256(bytes) != tokenizer->sha256())
        return fail(ErrorCode::Unreadable, tr("“%1” changed while it was read.").arg(file), tr("Try again."));
    std::optional<Measurement> measurement;
    if (!textOf(context.spec().parameters, "corpus").isEmpty()) {
        ATHANOR_ASSIGN(const corpus::CorpusReader corpus, openCorpus(context));
        ATHANOR_ASSIGN(measurement, measureOnCorpus(*tokenizer, corpus, context, context.cancelToken()));
    }
    ATHANOR_ASSIGN(QJsonObject result, store(context, bytes, *tokenizer));
    if (measurement)
        addMeasurement(context, result, *tokenizer, *measurement);
    return result;
}

Result<QJsonObject> TokenizerHandler::run(job::Context &context)
{
    const QString import = textOf(context.spec().parameters, "import");
    return import.isEmpty() ? train(context) : this->import(context, import);
}

}  // namespace

std::unique_ptr<job::Handler> makeTokenizerHandler(const QString &worker)
{
    return std::make_unique<TokenizerHandler>(worker);
}

}  // namespace athanor::tokenizer
