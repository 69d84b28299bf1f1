// A model folder as a Hugging Face folder. Thread: see model_writer.h.
#include "core/interop/model_writer_parts.h"

#include "core/base/atomic_file.h"
#include "core/interop/model_writer_labels.h"
#include "core/interop/safetensors_folder.h"
#include "core/interop/tensor_stream.h"
#include "core/tokenizer/chat_template.h"
#include "core/tokenizer/tokenizer_files.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonDocument>
#include <QRegularExpression>

namespace athanor::interop {
namespace {

constexpr qint64 kFileLimit = qint64(128) << 20;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// JSON knows one kind of number, Qt writes 1.0 as 1, and transformers 5 refuses a whole number where its settings say
// "float". These keys are real numbers in every family.
QByteArray configText(const QJsonObject &config)
{
    static const QRegularExpression whole(QStringLiteral(
        "^(\\s*\"(?:[a-z_]*(?:initializer_factor|init_std|initializer_range|layerdrop|eps|epsilon|rope_theta|rotary_emb_base"
        "|rotary_pct|partial_rotary_factor|factor|_freq_factor|dropout|_dropout_prob|_pdrop|dropout_rate))\": -?[0-9]+)(,?)$"),
        QRegularExpression::MultilineOption);
    QString text = QString::fromUtf8(QJsonDocument(config).toJson(QJsonDocument::Indented));
    return text.replace(whole, QStringLiteral("\\1.0\\2")).toUtf8();
}

class FolderWriter {
public:
    FolderWriter(const WriteModelRequest &request, ModelToWrite model, ProgressSink &progress, const CancelToken &cancel)
        : m_request(request), m_model(std::move(model)), m_progress(progress), m_cancel(cancel),
          m_folder(QDir::cleanPath(request.to) + QStringLiteral(".unfinished"))
    {
    }
    ~FolderWriter() { QDir(m_folder).removeRecursively(); }

    Result<WrittenModel> run()
    {
        ATHANOR_TRY(declare());
        ATHANOR_TRY(checkTarget(m_request.to, m_totalBytes));
        QDir(m_folder).removeRecursively();
        ATHANOR_TRY(makeFolder(m_folder));
        ATHANOR_TRY(writeWeights());
        ATHANOR_TRY(writeConfig());
        ATHANOR_TRY(writeTokenizer());
        ATHANOR_TRY(settle());
        return m_written;
    }

private:
    Status declare()
    {
        ATHANOR_ASSIGN(const std::optional<ElementType> wanted, elementTypeOf(m_request.dtype));
        for (const TensorMove &move : m_model.moves) {
            ATHANOR_ASSIGN(const ElementType stored, storedType(*m_model.weights, move));
            const ElementType type = wanted.value_or(stored);
            m_declarations.push_back({move.name, type, move.shape});
            ATHANOR_ASSIGN(const qint64 count, elementCount(move.shape));
            m_bytes[type] += count * elementBytes(type);
            m_totalBytes += count * elementBytes(type);
        }
        return {};
    }

    Status writeWeights()
    {
        ATHANOR_ASSIGN(auto writer, ShardedSafetensorsWriter::create(m_folder, m_declarations, m_request.shardBytes));
        qint64 done = 0;
        for (size_t index = 0; index < m_model.moves.size(); ++index) {
            if (m_cancel.isCancelled())
                return fail(ErrorCode::Cancelled, tr("The export was stopped; nothing of it is kept."));
            ATHANOR_TRY(streamTensor(*m_model.weights, m_model.moves[index], m_declarations[index].type, [&](QByteArrayView bytes) {
                done += bytes.size();
                m_progress.report({tr("Writing weights"), done, m_totalBytes, QStringLiteral("bytes")});
                return writer.write(bytes);
            }));
        }
        ATHANOR_ASSIGN(const auto files, writer.finish());
        for (const auto &file : files)
            m_written.files.append({file.name, file.byteCount, file.sha256});
        return {};
    }

    // The type of most bytes, as config.json says it.
    QString mainType() const
    {
        ElementType most = ElementType::F32;
        for (const auto &[type, bytes] : m_bytes)
            if (bytes > (m_bytes.contains(most) ? m_bytes.at(most) : 0))
                most = type;
        return most == ElementType::BF16 ? QStringLiteral("bfloat16") : most == ElementType::F16 ? QStringLiteral("float16") : QStringLiteral("float32");
    }

    // What the model came with, our words over it; what came from the tokenizer where it came with nothing.
    Status writeConfig()
    {
        ATHANOR_ASSIGN(const QJsonObject ours, m_model.exchange->writeConfig(ExchangeForm::HuggingFace, m_model.choices, m_model.vocabulary, m_model.labels));
        QJsonObject config;
        if (m_model.facts.value(QLatin1String("source")).toObject().value(QLatin1String("kind")) != QLatin1String("gguf"))
            config = m_model.facts.value(QLatin1String("config")).toObject();
        for (const char *stale : {"rope_parameters", "rope_scaling", "dtype", "_name_or_path", "quantization_config", "scale_decoder_outputs"})
            config.remove(QLatin1String(stale));
        const QJsonObject ids = tokenIdsOf(m_model);
        for (auto it = ids.begin(); it != ids.end(); ++it)
            if (!config.contains(it.key()))
                config.insert(it.key(), it.value());
        for (auto it = ours.begin(); it != ours.end(); ++it)
            config.insert(it.key(), it.value());
        if (!m_model.labels.isEmpty()) {
            m_padding = paddingOf(m_model, ours.value(QLatin1String("pad_token_id")).toInteger(-1));
            config.insert(QStringLiteral("pad_token_id"), m_padding.id >= 0 ? QJsonValue(m_padding.id) : QJsonValue());
        }
        config.insert(QStringLiteral("torch_dtype"), mainType());
        return writeFileAtomically(m_folder + QStringLiteral("/config.json"), configText(config));
    }

    Status writeTokenizer()
    {
        const QDir from(m_model.folder);
        ATHANOR_TRY(tokenizer::copyChatTemplates(m_model.folder, m_folder));
        for (const char *name : {"tokenizer_config.json", "special_tokens_map.json", "generation_config.json", "added_tokens.json"}) {
            if (!from.exists(QLatin1String(name)))
                continue;
            ATHANOR_ASSIGN(const QByteArray bytes, readFile(from.filePath(QLatin1String(name)), kFileLimit));
            ATHANOR_TRY(writeFileAtomically(m_folder + QLatin1Char('/') + QLatin1String(name), bytes));
        }
        if (!m_request.chatTemplate.isEmpty())
            ATHANOR_TRY(writeFileAtomically(m_folder + QStringLiteral("/chat_template.jinja"), m_request.chatTemplate.toUtf8()));
        const auto file = tokenizer::findTokenizer(m_model.folder);
        if (!file) {
            m_written.warnings += tr("The model has no tokenizer to write.");
            return {};
        }
        ATHANOR_ASSIGN(const QByteArray bytes, readFile(*file, kFileLimit));
        if (tokenizer::tokenizerFileName(bytes) == QLatin1String("tokenizer.model"))
            ATHANOR_TRY(writeFileAtomically(m_folder + QStringLiteral("/tokenizer.model"), bytes));
        ATHANOR_ASSIGN(const tokenizer::TokenizerFiles files, tokenizer::huggingFaceFiles(bytes, QFileInfo(*file).fileName()));
        m_written.warnings += files.warnings;
        ATHANOR_TRY(tokenizer::writeTokenizerFiles(m_folder, files));
        return m_model.labels.isEmpty() ? Status() : placeLabelReading(m_model, m_padding, m_folder);
    }

    Status settle()
    {
        QStringList names = QDir(m_folder).entryList(QDir::Files, QDir::Name);
        for (const QString &file : tokenizer::chatTemplateFiles(m_folder))
            if (!names.contains(file))
                names += file;  // of the folder below
        for (const QString &name : names) {
            const bool isKnown = std::any_of(m_written.files.begin(), m_written.files.end(), [&](const WrittenModelFile &file) { return file.name == name; });
            if (isKnown)
                continue;
            const QString path = m_folder + QLatin1Char('/') + name;
            ATHANOR_ASSIGN(const QString hash, sha256OfFile(path));
            m_written.files.append({name, QFileInfo(path).size(), hash});
        }
        ATHANOR_TRY(syncFolder(m_folder));
        QDir().rmdir(m_request.to);  // an empty folder that was chosen as the target
        if (!QDir().rename(m_folder, m_request.to))
            return fail(ErrorCode::Unreadable, tr("“%1” cannot be made.").arg(m_request.to), tr("Check the permissions of the folder above it."));
        return syncFolder(QFileInfo(m_request.to).absolutePath());
    }

    const WriteModelRequest &m_request;
    ModelToWrite m_model;
    ProgressSink &m_progress;
    const CancelToken &m_cancel;
    QString m_folder;
    PaddingToken m_padding;  // of a model that sorts texts
    std::vector<SafetensorsWriter::Declaration> m_declarations;
    std::map<ElementType, qint64> m_bytes;
    qint64 m_totalBytes = 0;
    WrittenModel m_written;
};

}  // namespace

Result<WrittenModel> writeHuggingFaceModel(const plugin::Catalogue &plugins, const WriteModelRequest &request,
                                           ProgressSink &progress, const CancelToken &cancel)
{
    ATHANOR_ASSIGN(ModelToWrite model, openModelToWrite(plugins, request, ExchangeForm::HuggingFace));
    return FolderWriter(request, std::move(model), progress, cancel).run();
}

}  // namespace athanor::interop
