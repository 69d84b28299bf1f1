// A model folder as a GGUF file. Thread: see model_writer.h.
// Source: ggml, docs/gguf.md (keys); llama.cpp's names of tensors.
#include "core/interop/model_writer_parts.h"

#include "core/base/atomic_file.h"
#include "core/interop/element_conversion.h"
#include "core/interop/gguf.h"
#include "core/interop/rope_factors.h"
#include "core/interop/tensor_stream.h"
#include "core/tokenizer/gguf_vocabulary.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// general.file_type of llama.cpp: what most of the weights are.
constexpr struct { const char *dtype; const char *type; quint32 fileType; } kTypes[] = {
    {"f32", "F32", 0}, {"f16", "F16", 1}, {"q8_0", "Q8_0", 7}, {"bf16", "BF16", 32}};

class GgufModelWriter {
public:
    GgufModelWriter(const WriteModelRequest &request, ModelToWrite model, ProgressSink &progress, const CancelToken &cancel)
        : m_request(request), m_model(std::move(model)), m_progress(progress), m_cancel(cancel)
    {
    }

    Result<WrittenModel> run()
    {
        ATHANOR_TRY(declare());
        ATHANOR_TRY(checkTarget(m_request.to, m_totalBytes));
        ATHANOR_TRY(describe());
        ATHANOR_TRY(addTokenizer());
        ATHANOR_ASSIGN(GgufWriter writer, GgufWriter::create(m_request.to, m_metadata, m_declarations));
        ATHANOR_TRY(writeTensors(writer));
        ATHANOR_ASSIGN(const QString hash, writer.finish());
        const QFileInfo info(m_request.to);
        m_written.files.append({info.fileName(), info.size(), hash});
        return m_written;
    }

private:
    Status declare()
    {
        const QString dtype = m_request.dtype.isEmpty() ? QStringLiteral("f16") : m_request.dtype;
        for (const auto &known : kTypes)
            if (dtype == QLatin1String(known.dtype)) {
                m_type = QLatin1String(known.type);
                m_fileType = known.fileType;
            }
        if (m_type.isEmpty())
            return fail(ErrorCode::InvalidInput, tr("“%1” is no number format of the GGUF files that Athanor writes.").arg(dtype),
                        tr("Choose f32, f16, bf16 or q8_0."));
        for (const TensorMove &move : m_model.moves) {
            QString type = move.shape.size() < 2 ? QStringLiteral("F32") : m_type;
            if (type == QLatin1String("Q8_0") && move.shape.back() % kQ8BlockElements != 0)
                type = QStringLiteral("F16");
            m_declarations.push_back({move.name, type, move.shape});
            ATHANOR_ASSIGN(const qint64 count, elementCount(move.shape));
            const GgufType *known = ggufType(type);
            m_totalBytes += count / known->blockElements * known->blockBytes;
        }
        declareRopeFactors();
        return {};
    }

    // As llama.cpp knows Llama 3's stretched positions.
    void declareRopeFactors()
    {
        const QJsonObject &choices = m_model.choices;
        if (choices.value(QLatin1String("rotary_scaling")) != QLatin1String("llama3"))
            return;
        const auto number = [&](const char *key, double usual) { return choices.value(QLatin1String(key)).toDouble(usual); };
        const RopeStretch usual;
        const RopeStretch stretch{number("rotary_factor", usual.factor), number("rotary_low_frequency", usual.lowFrequency),
                                  number("rotary_high_frequency", usual.highFrequency), number("rotary_original_context", usual.originalContext)};
        const qint64 head = choices.value(QLatin1String("head_size")).toInteger(0);
        const qint64 heads = std::max<qint64>(1, choices.value(QLatin1String("heads")).toInteger(1));
        m_ropeFactors = ropeFactors(stretch, number("rotary_base", 10000), head > 0 ? head : choices.value(QLatin1String("width")).toInteger() / heads);
        m_declarations.push_back({QLatin1String(kRopeFactors), QStringLiteral("F32"), {qint64(m_ropeFactors.size())}});
        m_totalBytes += qint64(m_ropeFactors.size() * sizeof(float));
    }

    // Numbers, booleans and texts in the types that llama.cpp reads.
    Status describe()
    {
        const QString architecture = m_model.exchange->modelTypes(ExchangeForm::Gguf).value(0);
        m_metadata.addText(QStringLiteral("general.architecture"), architecture);
        m_metadata.addText(QStringLiteral("general.type"), QStringLiteral("model"));
        m_metadata.addText(QStringLiteral("general.name"), m_request.name);
        if (const QString licence = m_model.facts.value(QLatin1String("licence")).toString(); !licence.isEmpty())
            m_metadata.addText(QStringLiteral("general.license"), licence);
        m_metadata.addU32(QStringLiteral("general.file_type"), m_fileType);
        m_metadata.addU32(QStringLiteral("general.quantization_version"), 2);
        ATHANOR_ASSIGN(const QJsonObject keys, m_model.exchange->writeConfig(ExchangeForm::Gguf, m_model.choices, m_model.vocabulary));
        const QStringList reals = m_model.exchange->realKeys(ExchangeForm::Gguf);
        for (auto it = keys.begin(); it != keys.end(); ++it) {
            if (it->isBool())
                m_metadata.addBool(it.key(), it->toBool());
            else if (it->isString())
                m_metadata.addText(it.key(), it->toString());
            else if (reals.contains(it.key()))
                m_metadata.addF32(it.key(), float(it->toDouble()));
            else if (it->isDouble())
                m_metadata.addU32(it.key(), quint32(it->toInteger()));
        }
        return {};
    }

    Status addTokenizer()
    {
        const auto made = tokenizer::ggufVocabularyOf(m_model.folder, m_model.vocabulary);
        if (!made)
            return fail(made.error());
        const tokenizer::GgufVocabulary &words = *made;
        const QString base = QStringLiteral("tokenizer.ggml.");
        m_metadata.addText(base + QStringLiteral("model"), words.model);
        if (!words.pre.isEmpty())
            m_metadata.addText(base + QStringLiteral("pre"), words.pre);
        m_metadata.addTexts(base + QStringLiteral("tokens"), words.tokens);
        if (!words.scores.empty())
            m_metadata.addF32s(base + QStringLiteral("scores"), words.scores);
        if (!words.types.empty())
            m_metadata.addI32s(base + QStringLiteral("token_type"), words.types);
        if (!words.merges.empty())
            m_metadata.addTexts(base + QStringLiteral("merges"), words.merges);
        addIds(words, base);
        addFlags(words, base);
        const QString chatTemplate = m_request.chatTemplate.isEmpty() ? words.chatTemplate : m_request.chatTemplate;
        if (!chatTemplate.isEmpty())
            m_metadata.addText(QStringLiteral("tokenizer.chat_template"), chatTemplate);
        for (const auto &[name, text] : words.namedTemplates)
            m_metadata.addText(QStringLiteral("tokenizer.chat_template.") + name, text);
        return {};
    }

    void addIds(const tokenizer::GgufVocabulary &words, const QString &base)
    {
        const std::pair<const char *, tokenizer::TokenId> ids[] = {
            {"bos_token_id", words.begin},         {"eos_token_id", words.end},      {"unknown_token_id", words.unknown},
            {"seperator_token_id", words.separator}, {"padding_token_id", words.padding}, {"mask_token_id", words.mask},
            {"cls_token_id", words.classifier}};
        for (const auto &[name, id] : ids)
            if (id >= 0)
                m_metadata.addU32(base + QLatin1String(name), quint32(id));
    }

    void addFlags(const tokenizer::GgufVocabulary &words, const QString &base)
    {
        const std::pair<const char *, std::optional<bool>> flags[] = {
            {"add_bos_token", words.addBegin}, {"add_eos_token", words.addEnd},
            {"add_space_prefix", words.addSpacePrefix}, {"remove_extra_whitespaces", words.removeExtraWhitespaces}};
        for (const auto &[name, flag] : flags)
            if (flag)
                m_metadata.addBool(base + QLatin1String(name), *flag);
    }

    Status writeTensors(GgufWriter &writer)
    {
        qint64 done = 0;
        for (size_t index = 0; index < m_model.moves.size(); ++index) {
            if (m_cancel.isCancelled())
                return fail(ErrorCode::Cancelled, tr("The export was stopped; nothing of it is kept."));
            const bool isBlocks = m_declarations[index].type == QLatin1String("Q8_0");
            ATHANOR_ASSIGN(const std::optional<ElementType> element,
                           isBlocks ? Result<std::optional<ElementType>>(ElementType::F32) : elementTypeOf(m_declarations[index].type.toLower()));
            ATHANOR_TRY(streamTensor(*m_model.weights, m_model.moves[index], *element, [&](QByteArrayView bytes) {
                done += isBlocks ? bytes.size() / 4 / kQ8BlockElements * kQ8BlockBytes : bytes.size();
                m_progress.report({tr("Writing weights"), done, m_totalBytes, QStringLiteral("bytes")});
                return isBlocks ? writeBlocks(writer, bytes) : writer.write(bytes);
            }));
        }
        if (m_ropeFactors.empty())
            return {};
        return writer.write({reinterpret_cast<const char *>(m_ropeFactors.data()), qsizetype(m_ropeFactors.size() * sizeof(float))});
    }

    // Pieces end where rows end, and rows are whole blocks; the bytes of a map may lie anywhere.
    Status writeBlocks(GgufWriter &writer, QByteArrayView bytes)
    {
        m_numbers.resize(size_t(bytes.size()) / sizeof(float));
        std::memcpy(m_numbers.data(), bytes.data(), m_numbers.size() * sizeof(float));
        return writer.writeF32(m_numbers.data(), qint64(m_numbers.size()));
    }

    const WriteModelRequest &m_request;
    ModelToWrite m_model;
    ProgressSink &m_progress;
    const CancelToken &m_cancel;
    QString m_type;
    quint32 m_fileType = 0;
    GgufMetadata m_metadata;
    std::vector<GgufWriter::Declaration> m_declarations;
    qint64 m_totalBytes = 0;
    std::vector<float> m_numbers, m_ropeFactors;
    WrittenModel m_written;
};

}  // namespace

Result<WrittenModel> writeGgufModel(const plugin::Catalogue &plugins, const WriteModelRequest &request, ProgressSink &progress,
                                    const CancelToken &cancel)
{
    ATHANOR_ASSIGN(ModelToWrite model, openModelToWrite(plugins, request, ExchangeForm::Gguf));
    return GgufModelWriter(request, std::move(model), progress, cancel).run();
}

}  // namespace athanor::interop
