// See import_handler.h. Thread: the worker's.
#include "core/interop/import_handler.h"

#include "core/base/atomic_file.h"
#include "core/interop/checkpoint_seal.h"
#include "core/interop/extended_rows.h"
#include "core/interop/import_source.h"
#include "core/interop/import_tokenizer.h"
#include "core/interop/tensor_stream.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer.h"
#include "core/tokenizer/tokenizer_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::interop {
namespace {

constexpr qint64 kSpareBytes = qint64(64) << 20;  // for the files beside the weights
constexpr int kModelFormat = 1;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

QString textOf(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toString(); }

Status stopIfAsked(job::Context &context)
{
    if (context.cancelToken().isCancelled() || context.pauseRequested())
        return job::stoppedHere(tr("Nothing of this model is kept; the file it comes from is untouched."));
    return {};
}

class Import {
public:
    Import(job::Context &context, ModelSource model) : m_context(context), m_model(std::move(model))
    {
        m_folder = context.jobPath() + QStringLiteral("/model.unfinished");
    }
    ~Import() { QDir(m_folder).removeRecursively(); }

    Result<QJsonObject> run()
    {
        QDir(m_folder).removeRecursively();
        ATHANOR_TRY(makeFolder(m_folder));
        ATHANOR_TRY(extend());
        ATHANOR_TRY(declare());
        ATHANOR_TRY(convert());
        ATHANOR_TRY(hashSource());
        ATHANOR_TRY(writeJsonFile(m_folder + QStringLiteral("/architecture.json"), m_model.architecture));
        ATHANOR_TRY(placeTokenizer(m_model, m_folder, m_model.warnings));
        if (m_extended) {
            QFile::remove(m_folder + QStringLiteral("/tokenizer.model"));  // tokenizer.json stands for it now
            ATHANOR_TRY(tokenizer::writeTokenizerFiles(m_folder, m_extended->files));
            m_model.warnings += m_extended->files.warnings;
        }
        ATHANOR_TRY(readTokenizer());
        ATHANOR_TRY(writeJsonFile(m_folder + QStringLiteral("/model.json"), facts()));
        return settle();
    }

private:
    // New tokens ("extend" of the job): the tokenizer's files, and how many rows the model will have.
    Status extend()
    {
        std::vector<QByteArray> tokens;
        for (const QJsonValue &token : m_context.spec().parameters.value(QLatin1String("extend")).toArray())
            tokens.push_back(token.toString().toUtf8());
        if (tokens.empty())
            return {};
        if (m_model.tokenizerFile.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("The model has no tokenizer that could get more tokens."));
        ATHANOR_ASSIGN(const QByteArray bytes, readFile(m_model.tokenizerFile));
        ATHANOR_ASSIGN(m_extended, tokenizer::extendTokenizer(bytes, tokens));
        const qint64 before = m_model.family.vocabulary;
        for (const tokenizer::NewToken &token : m_extended->added)
            m_model.family.vocabulary = std::max<qint64>(m_model.family.vocabulary, token.id + 1);
        QJsonObject dimensions = m_model.architecture.value(QLatin1String("dimensions")).toObject();
        dimensions.insert(QStringLiteral("vocabulary"), m_model.family.vocabulary);
        m_model.architecture.insert(QStringLiteral("dimensions"), dimensions);
        m_rowsBefore = before;
        return {};
    }

    // Of the embedding, and of what an untied head has: rows for the new tokens.
    bool getsRows(const TensorMove &move) const
    {
        const QString layer = move.name.section(QLatin1Char('.'), -2, -2);
        return m_extended && (layer == QLatin1String("tok") || layer == QLatin1String("head")) && !move.shape.empty()
               && move.shape[0] == m_rowsBefore;
    }
    std::vector<qint64> shapeOf(const TensorMove &move) const
    {
        std::vector<qint64> shape = move.shape;
        if (getsRows(move))
            shape[0] = m_model.family.vocabulary;
        return shape;
    }

    // All rows at once: the new ones are means of the old.
    Result<QByteArray> withNewRows(const TensorMove &move, ElementType type) const
    {
        QByteArray rows;
        ATHANOR_TRY(streamTensor(*m_model.weights, move, type, [&](QByteArrayView bytes) {
            rows.append(bytes);
            return Status();
        }));
        return extendedRows(rows, type, move.shape.size() > 1 ? move.shape[1] : 1, m_extended->added);
    }

    // Types and sizes of what will be written, and whether the disk has room for it.
    Status declare()
    {
        for (const TensorMove &move : m_model.moves) {
            ATHANOR_ASSIGN(const ElementType type, storedType(*m_model.weights, move));
            ATHANOR_ASSIGN(const qint64 count, elementCount(shapeOf(move)));
            m_declarations.push_back({move.name, type, shapeOf(move)});
            m_parameters += count;
            m_totalBytes += count * elementBytes(type);
        }
        const qint64 room = freeDiskBytes(m_folder);
        if (room >= 0 && room < m_totalBytes + kSpareBytes)
            return fail(ErrorCode::DiskFull, tr("The model needs %1 MB on the disk, and %2 MB are free.")
                                                 .arg((m_totalBytes + kSpareBytes) / 1000000).arg(room / 1000000),
                        tr("Free some space, or put the project on another disk."));
        return {};
    }

    Status convert()
    {
        ATHANOR_ASSIGN(SafetensorsWriter writer, SafetensorsWriter::create(m_folder + QStringLiteral("/model.safetensors"), m_declarations,
                                                                          {{QStringLiteral("format"), QStringLiteral("pt")}}));
        qint64 done = 0;
        for (size_t index = 0; index < m_model.moves.size(); ++index) {
            ATHANOR_TRY(stopIfAsked(m_context));
            const auto write = [&](QByteArrayView bytes) {
                done += bytes.size();
                m_context.report({tr("Converting weights"), done, m_totalBytes, QStringLiteral("bytes")});
                return writer.write(bytes);
            };
            if (getsRows(m_model.moves[index])) {
                ATHANOR_ASSIGN(const QByteArray rows, withNewRows(m_model.moves[index], m_declarations[index].type));
                ATHANOR_TRY(write(rows));
                continue;
            }
            ATHANOR_TRY(streamTensor(*m_model.weights, m_model.moves[index], m_declarations[index].type, write));
        }
        ATHANOR_ASSIGN(m_weightsSha, writer.finish());
        return {};
    }

    Status hashSource()
    {
        QStringList files = m_model.weights->files();
        QStringList beside{QStringLiteral("config.json"), QStringLiteral("tokenizer.json"), QStringLiteral("tokenizer.model"),
                           QStringLiteral("spiece.model"), QStringLiteral("tokenizer_config.json")};
        beside += tokenizer::chatTemplateFiles(m_model.folder);
        for (const QString &name : beside) {
            const QString path = QDir(m_model.folder).filePath(name);
            if (m_model.kind != ModelKind::Gguf && QFileInfo(path).isFile() && !files.contains(path))
                files += path;
        }
        for (qsizetype index = 0; index < files.size(); ++index) {
            ATHANOR_TRY(stopIfAsked(m_context));
            m_context.report({tr("Noting where it comes from"), index, files.size(), tr("files")});
            ATHANOR_ASSIGN(const QString hash, sha256OfFile(files[index]));
            const QString inside = QDir(m_model.folder).relativeFilePath(files[index]);
            m_sourceHashes.insert(inside.startsWith(QLatin1String("..")) ? QFileInfo(files[index]).fileName() : inside, hash);
        }
        return {};
    }

    Status readTokenizer()
    {
        const auto file = tokenizer::findTokenizer(m_folder);
        if (!file)
            return {};
        const auto read = tokenizer::readTokenizer(*file);
        if (!read) {
            m_model.warnings += tr("The tokenizer cannot be used: %1").arg(read.error().message);
            return {};
        }
        m_tokenizer = {{QStringLiteral("path"), modelPath() + QLatin1Char('/') + QFileInfo(*file).fileName()},
                       {QStringLiteral("sha256"), (*read)->sha256()},
                       {QStringLiteral("type"), (*read)->typeName()},
                       {QStringLiteral("vocabulary"), (*read)->vocabularySize()},
                       {QStringLiteral("lossless"), (*read)->isLossless()}};
        if ((*read)->vocabularySize() > m_model.family.vocabulary)
            return fail(ErrorCode::InvalidInput, tr("The tokenizer has %1 tokens and the model only %2.")
                                                     .arg((*read)->vocabularySize()).arg(m_model.family.vocabulary),
                        tr("They do not belong together; copy or download the model again."));
        return {};
    }

    QString licence() const
    {
        const QString given = textOf(m_context.spec().parameters, "licence");
        return given.isEmpty() ? m_model.licence : given;
    }

    QString name() const
    {
        const QString given = textOf(m_context.spec().parameters, "name");
        if (!given.isEmpty())
            return given;
        return m_model.name.isEmpty() ? QFileInfo(m_model.folder).fileName() : m_model.name;
    }

    QJsonObject facts() const
    {
        QJsonObject source{{QStringLiteral("kind"), modelKindName(m_model.kind)},
                           {QStringLiteral("location"), textOf(m_context.spec().parameters, "source")},
                           {QStringLiteral("sha256"), m_sourceHashes}};
        const QJsonValue origin = m_context.spec().parameters.value(QLatin1String("origin"));
        if (origin.isString() && !origin.toString().isEmpty())
            source.insert(QStringLiteral("location"), origin);
        const QJsonObject details = origin.toObject();
        for (auto it = details.begin(); it != details.end(); ++it)
            source.insert(it.key(), it.value());
        return {{QStringLiteral("format"), kModelFormat},
                {QStringLiteral("family"), m_model.family.architecture},
                {QStringLiteral("name"), name()},
                {QStringLiteral("licence"), licence()},
                {QStringLiteral("source"), source},
                {QStringLiteral("config"), m_model.config},
                {QStringLiteral("warnings"), QJsonArray::fromStringList(m_model.warnings)}};
    }

    QString modelPath() const
    {
        return QDir(m_context.projectPath()).relativeFilePath(m_context.jobPath() + QStringLiteral("/model"));
    }

    // From the unfinished folder to the finished one, in one rename.
    Result<QJsonObject> settle()
    {
        const QString finished = m_context.jobPath() + QStringLiteral("/model");
        QDir(finished).removeRecursively();
        ATHANOR_TRY(syncFolder(m_folder));
        if (!QDir().rename(m_folder, finished))
            return fail(ErrorCode::Unreadable, tr("“%1” cannot be made.").arg(finished), tr("Check the permissions of the project."));
        ATHANOR_TRY(syncFolder(m_context.jobPath()));
        for (const QString &warning : m_model.warnings)
            m_context.log(QStringLiteral("warning"), warning);
        QJsonObject result{{QStringLiteral("name"), name()},
                           {QStringLiteral("family"), m_model.family.architecture},
                           {QStringLiteral("checkpoint"), modelPath()},
                           {QStringLiteral("architecture"), m_model.architecture},
                           {QStringLiteral("weightsSha256"), m_weightsSha},
                           {QStringLiteral("parameters"), m_parameters},
                           {QStringLiteral("licence"), licence()},
                           {QStringLiteral("hasChatTemplate"), m_model.hasChatTemplate},
                           {QStringLiteral("warnings"), QJsonArray::fromStringList(m_model.warnings)}};
        if (!m_tokenizer.isEmpty())
            result.insert(QStringLiteral("tokenizer"), m_tokenizer);
        m_context.artifact(-1, QStringLiteral("model"), modelPath(), {{QStringLiteral("sha256"), m_weightsSha}});
        return result;
    }

    job::Context &m_context;
    ModelSource m_model;
    QString m_folder;
    std::vector<SafetensorsWriter::Declaration> m_declarations;
    qint64 m_totalBytes = 0, m_parameters = 0, m_rowsBefore = 0;
    QString m_weightsSha;
    QJsonObject m_sourceHashes, m_tokenizer;
    std::optional<tokenizer::ExtendedTokenizer> m_extended;
};

class ImportHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("import"); }
    Result<QJsonObject> run(job::Context &context) override
    {
        const QString source = textOf(context.spec().parameters, "source");
        if (source.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("The job does not say which model to bring in."));
        context.report({tr("Reading the model"), 0, 1, {}});
        const QString path = QDir::cleanPath(QDir(context.projectPath()).absoluteFilePath(source));
        if (QFileInfo::exists(path + QStringLiteral("/architecture.json")))  // one of ours, perhaps a run's checkpoint
            ATHANOR_TRY(checkModelFiles(path));
        ATHANOR_ASSIGN(ModelSource model, openModelSource(context.plugins(), path));
        return Import(context, std::move(model)).run();
    }
};

}  // namespace

std::unique_ptr<job::Handler> makeImportHandler() { return std::make_unique<ImportHandler>(); }

}  // namespace athanor::interop
