// See import_source.h.
#include "core/interop/import_source.h"

#include "core/base/atomic_file.h"
#include "core/interop/gguf.h"
#include "core/interop/rope_factors.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/label_head.h"
#include "core/tokenizer/chat_template.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QJsonArray>
#include <QRegularExpression>

#include <charconv>

namespace athanor::interop {
namespace {

constexpr qsizetype kMostListed = 512;
constexpr qint64 kMostFactors = 65536;  // more than half of any head
constexpr qint64 kCardLimit = 4 << 20;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

// The decimal that a person would have written for it.
double shortest(float value)
{
    char text[64];
    const auto end = std::to_chars(text, text + sizeof text, value).ptr;
    double number = value;
    std::from_chars(text, end, number);
    return number;
}

QJsonValue jsonOf(const GgufValue &value)
{
    if (value.isList()) {
        QJsonArray list;
        if (value.count() <= kMostListed)
            for (const qint64 number : value.integers())
                list.append(number);
        return list.isEmpty() ? QJsonValue(QJsonValue::Undefined) : QJsonValue(list);
    }
    if (value.kind() == GgufKind::Text)
        return value.text().value_or(QString());
    if (value.kind() == GgufKind::Bool)
        return value.boolean().value_or(false);
    if (value.kind() == GgufKind::F32)
        return shortest(float(value.number().value_or(0)));
    if (const auto whole = value.integer())
        return *whole;
    return value.number().value_or(0);
}

// "license: …" between the two lines of dashes at the top of a model card.
QString licenceOfCard(const QString &folder)
{
    const auto card = readFile(QDir(folder).filePath(QStringLiteral("README.md")), kCardLimit);
    if (!card || !card->startsWith("---"))
        return {};
    static const QRegularExpression line(QStringLiteral("^license:[ \\t]*[\"']?([A-Za-z0-9._+-]{1,80})"), QRegularExpression::MultilineOption);
    return line.match(QString::fromUtf8(card->left(card->indexOf("\n---", 3)))).captured(1);
}

bool hasTemplate(const QString &folder)
{
    if (QFileInfo::exists(QDir(folder).filePath(QStringLiteral("chat_template.jinja"))))
        return true;
    const auto config = readJsonFile(QDir(folder).filePath(QStringLiteral("tokenizer_config.json")));
    return config && !config->value(QLatin1String("chat_template")).isUndefined() && !config->value(QLatin1String("chat_template")).isNull();
}

QString tokenizerIn(const QString &folder)
{
    // Not source.spm (Marian) or sentencepiece.bpe.model (XLM-R): their models number the pieces otherwise.
    for (const char *name : {"tokenizer.json", "tokenizer.model", "spiece.model"})
        if (QFileInfo(QDir(folder).filePath(QLatin1String(name))).isFile())
            return QDir(folder).filePath(QLatin1String(name));
    return {};
}

void describeFolder(ModelSource &model)
{
    model.tokenizerFile = tokenizerIn(model.folder);
    model.hasTokenizer = !model.tokenizerFile.isEmpty();
    model.hasChatTemplate = hasTemplate(model.folder);
    if (const QStringList files = tokenizer::chatTemplatesLeftOut(model.folder); !files.isEmpty())
        model.warnings += tr("Chat templates with such names, or so many of them, stay behind: %1.").arg(files.mid(0, 5).join(QStringLiteral(", ")));
    model.licence = model.config.value(QLatin1String("license")).toString();
    if (model.licence.isEmpty())
        model.licence = licenceOfCard(model.folder);
}

// Without its tokenizer nothing could be asked of it, and these two files are no tokenizer that can be read.
Status checkTokenizer(const ModelSource &model)
{
    if (model.hasTokenizer || !QFileInfo::exists(QDir(model.folder).filePath(QStringLiteral("source.spm"))))
        return {};
    return fail(ErrorCode::Unsupported, tr("Its tokenizer is of Marian's kind (source.spm, target.spm and vocab.json), which Athanor does not read."),
                tr("Choose a model with tokenizer.json or one SentencePiece model, such as T5 for translating."));
}

Status understand(const plugin::Catalogue &plugins, const Exchange &exchange, ExchangeForm form, ModelSource &model)
{
    ATHANOR_ASSIGN(model.family, exchange.readConfig(form, model.config, rowsOf(*model.weights)));
    ATHANOR_ASSIGN(model.architecture, model::expandArchitecture(plugins, model.family.architecture, model.family.choices, model.family.vocabulary));
    if (!model.family.labels.isEmpty()) {
        ATHANOR_ASSIGN(model.architecture, model::withLabelHead(model.architecture, model.family.labels));
    }
    if (model::isHeadless(model.architecture))
        model.warnings += tr("This is an encoder without a head: it makes vectors of texts, and neither writes nor fills gaps. Here it can be taught labels (records with a text and a label); nothing else can be asked of it.");
    model.warnings += model.family.warnings;
    model.warnings += model.weights->notes();
    ATHANOR_ASSIGN(model.moves, exchange.readMoves(form, model.family.choices, model.family.vocabulary, *model.weights, &model.warnings, model.family.labels.size()));
    return {};
}

// Weights that were pointed at themselves; a part of several stands for all of them.
QString chosenWeights(const QFileInfo &chosen)
{
    static const QRegularExpression part(QStringLiteral("-\\d+-of-\\d+$"));
    static const QStringList endings{QStringLiteral("safetensors"), QStringLiteral("bin"), QStringLiteral("pt"), QStringLiteral("pth")};
    const bool isWeights = chosen.isFile() && endings.contains(chosen.suffix().toLower()) && !part.match(chosen.completeBaseName()).hasMatch();
    return isWeights ? chosen.absoluteFilePath() : chosen.isDir() ? chosen.absoluteFilePath() : chosen.absolutePath();
}

Status openHuggingFace(const plugin::Catalogue &plugins, const QString &weights, ModelSource &model)
{
    ATHANOR_ASSIGN(model.config, readJsonFile(QDir(model.folder).filePath(QStringLiteral("config.json"))));
    describeFolder(model);
    ATHANOR_TRY(checkTokenizer(model));
    const QString type = model.config.value(QLatin1String("model_type")).toString();
    ATHANOR_ASSIGN(const Exchange exchange, Exchange::find(plugins, ExchangeForm::HuggingFace, type));
    if (!model.config.value(QLatin1String("quantization_config")).toObject().isEmpty())
        return fail(ErrorCode::Unsupported, tr("The weights are quantised (“%1”).").arg(
                        model.config.value(QLatin1String("quantization_config")).toObject().value(QLatin1String("quant_method")).toString()),
                    tr("Choose the model in bf16, f16 or f32, or as a GGUF file."));
    ATHANOR_ASSIGN(model.weights, openWeights(weights));
    model.kind = model.weights->format() == WeightFormat::Torch ? ModelKind::Torch : ModelKind::HuggingFace;
    return understand(plugins, exchange, ExchangeForm::HuggingFace, model);
}

// A table of factors becomes the settings that make it, under the names that llama.cpp has for such settings.
Status readRopeFactors(ModelSource &model)
{
    const WeightEntry *entry = model.weights->find(QLatin1String(kRopeFactors));
    if (!entry)
        return {};
    const QString family = model.gguf->text(QStringLiteral("general.architecture"));
    const auto key = [&](const char *name) { return family + QLatin1String(name); };
    const auto number = [&](const char *name, double otherwise) { return model.config.value(key(name)).toDouble(otherwise); };
    const double heads = number(".attention.head_count", 0);
    const auto usual = heads > 0 ? number(".embedding_length", 0) / heads : 0;
    const auto headSize = qint64(number(".rope.dimension_count", number(".attention.key_length", usual)));
    std::vector<float> factors(size_t(std::clamp<qint64>(entry->elementCount, 0, kMostFactors)));
    ATHANOR_TRY(model.weights->readF32(*entry, 0, qint64(factors.size()), factors.data()));
    const auto stretch = stretchBehind(factors, number(".rope.freq_base", 10000), headSize);
    if (!stretch)
        return fail(ErrorCode::Unsupported, tr("The file stretches its positions by a table that is not one of Llama 3's."),
                    tr("Bring the model in as a Hugging Face folder."));
    model.config.insert(key(".rope.scaling.type"), QStringLiteral("llama3"));
    model.config.insert(key(".rope.scaling.factor"), stretch->factor);
    model.config.insert(key(".rope.scaling.low_freq_factor"), stretch->lowFrequency);
    model.config.insert(key(".rope.scaling.high_freq_factor"), stretch->highFrequency);
    model.config.insert(key(".rope.scaling.original_context_length"), stretch->originalContext);
    return {};
}

Status openGgufModel(const plugin::Catalogue &plugins, const QString &path, ModelSource &model)
{
    model.kind = ModelKind::Gguf;
    ATHANOR_ASSIGN(GgufReader reader, GgufReader::open(path));
    model.gguf = std::make_shared<GgufReader>(std::move(reader));
    model.config = ggufKeys(*model.gguf);
    model.name = model.gguf->text(QStringLiteral("general.name"));
    model.licence = model.gguf->text(QStringLiteral("general.license"));
    model.hasTokenizer = model.gguf->value(QStringLiteral("tokenizer.ggml.tokens")) != nullptr;
    model.hasChatTemplate = model.gguf->value(QStringLiteral("tokenizer.chat_template")) != nullptr;
    ATHANOR_ASSIGN(const Exchange exchange,
                   Exchange::find(plugins, ExchangeForm::Gguf, model.gguf->text(QStringLiteral("general.architecture"))));
    ATHANOR_ASSIGN(model.weights, openWeights(path));
    ATHANOR_TRY(readRopeFactors(model));
    return understand(plugins, exchange, ExchangeForm::Gguf, model);
}

// A folder of ours: every tensor as it is.
Status openOwn(const plugin::Catalogue &plugins, ModelSource &model)
{
    model.kind = ModelKind::Athanor;
    const QDir folder(model.folder);
    if (folder.exists(QStringLiteral("adapter.json")))
        return fail(ErrorCode::Unsupported, tr("“%1” holds an adapter, not a whole model.").arg(model.folder),
                    tr("Export the run that it comes from, then bring in what was exported."));
    ATHANOR_ASSIGN(model.architecture, readJsonFile(folder.filePath(QStringLiteral("architecture.json"))));
    ATHANOR_ASSIGN(model.weights, openWeights(folder.filePath(QStringLiteral("model.safetensors"))));
    if (const auto facts = readJsonFile(folder.filePath(QStringLiteral("model.json")))) {
        model.config = facts->value(QLatin1String("config")).toObject();
        model.name = facts->value(QLatin1String("name")).toString();
        describeFolder(model);
        model.licence = facts->value(QLatin1String("licence")).toString();
    } else {
        describeFolder(model);
    }
    model.family.architecture = model.architecture.value(QLatin1String("architecture")).toString();
    model.family.choices = model.architecture.value(QLatin1String("choices")).toObject();
    model.family.vocabulary = model::dimension(model.architecture, "vocabulary");
    model.family.labels = model::labelsOf(model.architecture);
    if (!plugins.find(model.family.architecture))
        return fail(ErrorCode::Unsupported, tr("The family “%1” is not installed.").arg(model.family.architecture));
    for (const WeightEntry &entry : model.weights->entries()) {
        TensorMove move{entry.name, entry.shape, {{entry.name, entry.shape}}, {}, 1, false};
        move.rows.push_back({0, 0, entry.elementCount});
        model.moves.push_back(std::move(move));
    }
    return {};
}

}  // namespace

qint64 ModelSource::parameters() const
{
    qint64 count = 0;
    for (const TensorMove &move : moves)
        count += elementCount(move.shape).value_or(0);
    return count;
}

Result<QString> adapterWeightsIn(const QString &folder)
{
    for (const char *name : {kAdapterWeights, kAdapterPickle})
        if (QFileInfo(folder + QLatin1String(name)).isFile())
            return QString(folder + QLatin1String(name));
    return fail(ErrorCode::NotFound, tr("The adapter's weights, adapter_model.safetensors or adapter_model.bin, are not there."),
                tr("Copy them beside adapter_config.json; PEFT writes them with save_pretrained."));
}

// Trainers leave a config.json beside an adapter; what tells the two apart is the weights.
bool isAdapterOnly(const QString &path)
{
    if (!QFileInfo(path + QLatin1String(kAdapterConfig)).isFile())
        return false;
    const QStringList weights{QStringLiteral("model.safetensors"), QStringLiteral("model.safetensors.index.json"),
                              QStringLiteral("pytorch_model.bin"), QStringLiteral("pytorch_model.bin.index.json")};
    const bool hasModel = std::any_of(weights.begin(), weights.end(), [&](const QString &name) { return QFileInfo::exists(path + QLatin1Char('/') + name); });
    return !hasModel && (adapterWeightsIn(path) || !QFileInfo::exists(path + QStringLiteral("/config.json")));
}

QString modelKindName(ModelKind kind)
{
    static constexpr const char *kNames[] = {"huggingface", "pytorch", "gguf", "athanor"};
    return QLatin1String(kNames[int(kind)]);
}

QJsonObject ggufKeys(const GgufReader &file)
{
    QJsonObject keys;
    for (const QString &key : file.keys()) {
        const QJsonValue value = jsonOf(*file.value(key));
        if (!value.isUndefined())
            keys.insert(key, value);
    }
    return keys;
}

Result<ModelSource> openModelSource(const plugin::Catalogue &plugins, const QString &path)
{
    const QFileInfo info(path);
    if (!info.exists())
        return fail(ErrorCode::NotFound, tr("There is no file or folder “%1”.").arg(path), tr("Check the path."));
    if (isAdapterOnly(info.absoluteFilePath()))
        return fail(ErrorCode::Unsupported, tr("“%1” holds an adapter, not a whole model.").arg(path),
                    tr("Bring in the model that it stands on, then this folder by its path."));
    ModelSource model;
    model.folder = info.isDir() ? info.absoluteFilePath() : info.absolutePath();
    const QDir folder(model.folder);
    if (info.isFile() && info.suffix().toLower() == QLatin1String("gguf")) {
        ATHANOR_TRY(openGgufModel(plugins, info.absoluteFilePath(), model));
        return model;
    }
    if (folder.exists(QStringLiteral("architecture.json"))) {
        ATHANOR_TRY(openOwn(plugins, model));
        return model;
    }
    if (folder.exists(QStringLiteral("config.json"))) {
        ATHANOR_TRY(openHuggingFace(plugins, chosenWeights(info), model));
        return model;
    }
    const QStringList files = info.isDir() ? folder.entryList({QStringLiteral("*.gguf")}, QDir::Files) : QStringList();
    if (files.size() == 1) {
        ATHANOR_TRY(openGgufModel(plugins, folder.filePath(files[0]), model));
        return model;
    }
    if (files.size() > 1)
        return fail(ErrorCode::InvalidInput, tr("“%1” holds %2 GGUF files.").arg(path).arg(files.size()), tr("Choose one of the files."));
    return fail(ErrorCode::NotFound, tr("There is no model in “%1” that Athanor reads.").arg(path),
                tr("Choose a folder with config.json and weights (safetensors or .bin), or a GGUF file."));
}

}  // namespace athanor::interop
