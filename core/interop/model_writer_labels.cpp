// See model_writer_labels.h.
#include "core/interop/model_writer_labels.h"

#include "core/base/atomic_file.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/label_head.h"
#include "core/tokenizer/tokenizer.h"

#include <QCoreApplication>
#include <QDir>
#include <QJsonDocument>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

QJsonObject fileOf(const ModelToWrite &model, const char *name)
{
    return readJsonFile(QDir(model.folder).filePath(QLatin1String(name))).value_or(QJsonObject());
}

bool comesFromGguf(const ModelToWrite &model)
{
    return model.facts.value(QLatin1String("source")).toObject().value(QLatin1String("kind")) == QLatin1String("gguf");
}

bool wasTaughtHere(const ModelToWrite &model)
{
    return !fileOf(model, "state.json").value(QLatin1String("teaching")).toObject().isEmpty();
}

// "<pad>" or {"content": "<pad>", …}.
QString tokenText(const QJsonValue &value)
{
    return value.isObject() ? value.toObject().value(QLatin1String("content")).toString() : value.toString();
}

// Those that the files name, then those that are called so, then marks that stand nowhere inside a text.
std::vector<qint64> candidates(const ModelToWrite &model, const tokenizer::Tokenizer &tokenizer)
{
    std::vector<qint64> ids;
    if (!comesFromGguf(model))
        ids.push_back(model.facts.value(QLatin1String("config")).toObject().value(QLatin1String("pad_token_id")).toInteger(-1));
    ids.push_back(fileOf(model, "generation_config.json").value(QLatin1String("pad_token_id")).toInteger(-1));
    for (const char *file : {"special_tokens_map.json", "tokenizer_config.json"})  // the first one overrides the other
        ids.push_back(tokenizer.tokenId(tokenText(fileOf(model, file).value(QLatin1String("pad_token"))).toUtf8()));
    for (const char *name : {"<pad>", "[PAD]", "<|pad|>", "<|padding|>"})
        ids.push_back(tokenizer.tokenId(name));
    for (const tokenizer::TokenId id : {tokenizer.endOfDocument(), tokenizer.beginOfDocument(), tokenizer.unknown()})
        ids.push_back(id);
    return ids;
}

}  // namespace

Status checkLabelHead(const ModelToWrite &model, ExchangeForm form)
{
    if (form == ExchangeForm::Gguf)
        return fail(ErrorCode::Unsupported, tr("A GGUF file has no place for a head that sorts texts by labels."),
                    tr("Export as a Hugging Face folder."));
    if (!model.exchange->knowsLabels(form))
        return fail(ErrorCode::Unsupported, tr("Athanor knows no class of transformers for models of this family that sort texts by labels."),
                    tr("They can be used here only."));
    for (const TensorMove &move : model.moves)
        for (const TensorMove::Source &part : move.sources) {
            const QString layer = part.name.section(QLatin1Char('.'), 0, 0);
            const bool isOfHead = layer == QLatin1String(model::kLabelLayer) || layer == QLatin1String(model::kPoolerLayer);
            if (isOfHead && !model.weights->find(part.name))
                return fail(ErrorCode::Unsupported, tr("The model's head for labels is not the one that transformers has for this family: it lacks “%1”.").arg(part.name),
                            tr("Teach the labels once more: a new run makes the family's own head."));
        }
    return {};
}

PaddingToken paddingOf(const ModelToWrite &model, qint64 fixed)
{
    const auto file = tokenizer::findTokenizer(model.folder);
    const auto read = file ? tokenizer::readTokenizer(*file) : Result<std::shared_ptr<const tokenizer::Tokenizer>>(fail(file.error()));
    if (!read)
        return {fixed >= 0 ? fixed : model.facts.value(QLatin1String("config")).toObject().value(QLatin1String("pad_token_id")).toInteger(-1), {}};
    const auto named = [&](qint64 id) { return PaddingToken{id, id < (*read)->vocabularySize() ? (*read)->tokenText(tokenizer::TokenId(id)) : QString()}; };
    if (fixed >= 0)
        return named(fixed);
    const std::vector<tokenizer::TokenId> suffix = (*read)->textSuffix();
    const qint64 came = model.facts.value(QLatin1String("config")).toObject().value(QLatin1String("pad_token_id")).toInteger(-1);
    if (came >= 0 && came < model.vocabulary && model::cameWithLabels(model.facts) && !wasTaughtHere(model))
        return named(came);  // it is read with the padding that it came with
    for (const qint64 id : candidates(model, **read)) {
        const bool endsTexts = !suffix.empty() && suffix.back() == id;
        if (id >= 0 && id < model.vocabulary && !endsTexts)
            return named(id);
    }
    return {};
}

Status placeLabelReading(const ModelToWrite &model, const PaddingToken &padding, const QString &folder)
{
    const QString path = folder + QStringLiteral("/tokenizer_config.json");
    QJsonObject config = readJsonFile(path).value_or(QJsonObject());
    if (!padding.text.isEmpty()) {
        config.insert(QStringLiteral("pad_token"), padding.text);
        const QString overriding = folder + QStringLiteral("/special_tokens_map.json");
        if (QJsonObject tokens = readJsonFile(overriding).value_or(QJsonObject()); !tokens.isEmpty()) {
            tokens.insert(QStringLiteral("pad_token"), padding.text);
            ATHANOR_TRY(writeFileAtomically(overriding, QJsonDocument(tokens).toJson()));
        }
    }
    const QJsonObject teaching = fileOf(model, "state.json").value(QLatin1String("teaching")).toObject();
    const qint64 context = model::dimension(model.architecture, "context");
    const qint64 taught = teaching.value(QLatin1String("maxTokens")).toInteger(), said = config.value(QLatin1String("model_max_length")).toInteger();
    config.insert(QStringLiteral("model_max_length"), taught > 0 ? std::min(taught, context) : said > 0 ? std::min(said, context) : context);
    if (!teaching.isEmpty())
        config.insert(QStringLiteral("truncation_side"), teaching.value(QLatin1String("truncate")) == QLatin1String("front") ? QStringLiteral("left") : QStringLiteral("right"));
    return writeFileAtomically(path, QJsonDocument(config).toJson());
}

Result<qint64> writeLabelReading(const plugin::Catalogue &plugins, const QString &modelFolder, const QString &folder)
{
    ModelToWrite model;
    model.folder = modelFolder;
    ATHANOR_ASSIGN(model.architecture, readJsonFile(QDir(modelFolder).filePath(QStringLiteral("architecture.json"))));
    model.facts = fileOf(model, "model.json");
    model.choices = model.architecture.value(QLatin1String("choices")).toObject();
    model.labels = model::labelsOf(model.architecture);
    model.vocabulary = model::dimension(model.architecture, "vocabulary");
    ATHANOR_ASSIGN(const Exchange exchange, Exchange::of(plugins, model.architecture.value(QLatin1String("architecture")).toString()));
    ATHANOR_ASSIGN(const QJsonObject config, exchange.writeConfig(ExchangeForm::HuggingFace, model.choices, model.vocabulary, model.labels));
    const PaddingToken padding = paddingOf(model, config.value(QLatin1String("pad_token_id")).toInteger(-1));
    ATHANOR_TRY(placeLabelReading(model, padding, folder));
    return padding.id;
}

}  // namespace athanor::interop
