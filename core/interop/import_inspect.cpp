// See import_inspect.h.
#include "core/interop/import_inspect.h"

#include "core/base/atomic_file.h"
#include "core/interop/gguf.h"
#include "core/interop/mapped_file.h"
#include "core/interop/safetensors.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QMap>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// The file may be large: its model's type is found without parsing it.
QString typeOfJson(const QString &path)
{
    const auto file = MappedFile::open(path);
    if (!file)
        return {};
    const QByteArrayView bytes = file->bytes();
    const auto has = [&](const char *text) { return bytes.indexOf(QByteArrayView(text)) >= 0; };
    if (has("\"type\": \"WordPiece\"") || has("\"type\":\"WordPiece\""))
        return QStringLiteral("WordPiece");
    if (has("\"type\": \"Unigram\"") || has("\"type\":\"Unigram\""))
        return QStringLiteral("Unigram");
    return has("\"ByteLevel\"") ? QStringLiteral("byte-level BPE") : QStringLiteral("BPE");
}

QString tokenizerTypeOf(const ModelSource &model)
{
    if (!model.hasTokenizer)
        return {};
    if (model.gguf) {
        const QString name = model.gguf->text(QStringLiteral("tokenizer.ggml.model"));
        static const QMap<QString, QString> kTypes{{QStringLiteral("gpt2"), QStringLiteral("byte-level BPE")},
                                                   {QStringLiteral("llama"), QStringLiteral("SentencePiece BPE")},
                                                   {QStringLiteral("bert"), QStringLiteral("WordPiece")},
                                                   {QStringLiteral("t5"), QStringLiteral("Unigram")}};
        return kTypes.value(name, name);
    }
    return model.tokenizerFile.endsWith(QLatin1String(".json")) ? typeOfJson(model.tokenizerFile) : QStringLiteral("SentencePiece");
}

QString mostStoredAs(const WeightSource &weights)
{
    QMap<QString, qint64> bytes;
    for (const WeightEntry &entry : weights.entries())
        bytes[entry.typeName] += entry.byteCount;
    QString most;
    for (auto it = bytes.begin(); it != bytes.end(); ++it)
        if (most.isEmpty() || it.value() > bytes[most])
            most = it.key();
    return most;
}

qint64 bytesOf(const WeightSource &weights)
{
    qint64 bytes = 0;
    for (const WeightEntry &entry : weights.entries())
        bytes += entry.byteCount;
    return bytes;
}

// What PEFT keeps: a small change to a model that lies elsewhere.
Status inspectAdapter(ModelFacts &facts)
{
    facts.kind = QStringLiteral("adapter");
    ATHANOR_ASSIGN(const QJsonObject config, readJsonFile(facts.location + QLatin1String(kAdapterConfig)));
    facts.base = config.value(QLatin1String("base_model_name_or_path")).toString();
    if (const QString method = config.value(QLatin1String("peft_type")).toString(); method != QLatin1String("LORA"))
        return fail(ErrorCode::Unsupported, tr("It is an adapter of the kind “%1”.").arg(method.left(60)),
                    tr("Adapters that can be brought in: LoRA, rsLoRA and DoRA."));
    ATHANOR_ASSIGN(const QString weights, adapterWeightsIn(facts.location));
    ATHANOR_ASSIGN(const auto file, openWeights(weights));
    facts.parameters = facts.bytes = 0;
    for (const WeightEntry &entry : file->entries()) {
        facts.parameters += entry.elementCount;
        facts.bytes += entry.byteCount;
    }
    facts.warnings += file->notes();
    facts.isReadable = true;
    return {};
}

}  // namespace

ModelFacts inspectModel(const QString &path, const plugin::Catalogue &plugins)
{
    ModelFacts facts;
    const QFileInfo info(QDir::cleanPath(path));
    facts.location = info.absoluteFilePath();
    facts.name = info.isDir() ? info.fileName() : info.completeBaseName();
    if (isAdapterOnly(facts.location)) {
        if (const Status read = inspectAdapter(facts); !read)
            facts.error = read.error();
        return facts;
    }
    const auto model = openModelSource(plugins, facts.location);
    if (!model) {
        facts.error = model.error();
        return facts;
    }
    facts.isReadable = true;
    facts.kind = modelKindName(model->kind);
    if (!model->name.isEmpty())
        facts.name = model->name;
    facts.family = model->family.architecture;
    if (const plugin::Metadata *family = plugins.find(facts.family))
        facts.familyTitle = family->title;
    facts.parameters = model->parameters();
    const QJsonObject dimensions = model->architecture.value(QLatin1String("dimensions")).toObject();
    facts.context = dimensions.value(QLatin1String("context")).toInteger(-1);
    facts.vocabulary = dimensions.value(QLatin1String("vocabulary")).toInteger(-1);
    facts.bytes = bytesOf(*model->weights);
    facts.licence = model->licence;
    facts.tokenizerType = tokenizerTypeOf(*model);
    facts.hasChatTemplate = model->hasChatTemplate;
    facts.labels = model->family.labels;
    facts.storedAs = mostStoredAs(*model->weights);
    facts.warnings = model->warnings;
    return facts;
}

}  // namespace athanor::interop
