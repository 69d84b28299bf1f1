// See manners.h.
#include "core/generate/manners.h"

#include "core/base/atomic_file.h"
#include "core/model/architecture.h"
#include "core/model/dimensions.h"
#include "core/model/label_head.h"
#include "core/tokenizer/record_encoder.h"
#include "core/tokenizer/special_ids.h"

#include <QCoreApplication>
#include <QFileInfo>
#include <QJsonArray>

#include <algorithm>

namespace athanor::generate {
namespace {

constexpr char kSomeAnswer[] = "Zq7x";  // found again in what a template makes of it

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

/// Whether an entry of the list, or of its branches and repetitions, is as asked.
template <typename Asked> bool holds(const QJsonArray &list, const Asked &asked)
{
    return std::any_of(list.begin(), list.end(), [&](const QJsonValue &value) {
        const QJsonObject entry = value.toObject();
        if (asked(entry))
            return true;
        for (const char *inner : {"layers", "residual", "branches", "parallel"}) {
            if (holds(entry.value(QLatin1String(inner)).toArray(), asked))
                return true;
        }
        return value.isArray() && holds(value.toArray(), asked);
    });
}

bool isLayer(const QJsonObject &entry, const char *id) { return entry.value(QLatin1String("layer")) == QLatin1String(id); }

bool looksBothWays(const QJsonObject &entry)
{
    return isLayer(entry, "layer.attention")
           && !entry.value(QLatin1String("parameters")).toObject().value(QLatin1String("causal")).toBool(true);
}

void addStop(Manners &manners, int64_t id)
{
    if (id >= 0 && !manners.isStop(id))
        manners.stopIds.push_back(id);
}

Result<QJsonObject> optionalFile(const QString &path)
{
    return QFileInfo::exists(path) ? readJsonFile(path) : Result<QJsonObject>(QJsonObject());
}

/// A number, or a list of numbers.
void addStops(Manners &manners, const QJsonValue &value, int64_t vocabulary)
{
    const QJsonArray list = value.isArray() ? value.toArray() : QJsonArray{value};
    for (const QJsonValue &entry : list)
        if (const qint64 id = entry.toInteger(-1); id < vocabulary)
            addStop(manners, id);
}

std::vector<int64_t> wide(const std::vector<tokenizer::TokenId> &ids) { return {ids.begin(), ids.end()}; }

/// Where texts that are too long are cut, as a tokenizer of transformers keeps it.
Status readCutting(Manners &manners, const QString &folder, int64_t context)
{
    ATHANOR_ASSIGN(const QJsonObject config, optionalFile(folder + QStringLiteral("/tokenizer_config.json")));
    const double longest = config.value(QLatin1String("model_max_length")).toDouble();  // 1e30: nobody said
    if (longest >= 1 && longest < double(context))
        manners.longestText = int64_t(longest);
    manners.cutsFront = config.value(QLatin1String("truncation_side")) == QLatin1String("left");
    return {};
}

/// Classes of transformers that read forwards give their scores at the last token that is not the padding; marks behind
/// it, which a tokenizer may add, are not read.
void dropPadding(Manners &manners, const QJsonObject &config)
{
    const QJsonValue padding = config.value(QLatin1String("pad_token_id"));
    while (padding.isDouble() && !manners.suffix.empty() && manners.suffix.back() == padding.toInteger(-1))
        manners.suffix.pop_back();
}

/// A model is asked as it was taught: also with the built-in wording where that was chosen over its own template.
void readChat(Manners &manners, const QString &folder, const QJsonObject &teaching, const tokenizer::Tokenizer &tokenizer)
{
    auto chat = tokenizer::ChatTemplate::read(folder);
    const QString wording = teaching.value(QLatin1String("wording")).toString();
    // What has an encoder is taught questions as they stand unless the built-in wording was asked for.
    const bool readsAsTheyStand = manners.task == Task::Answer && !teaching.isEmpty() && wording != QLatin1String("plain");
    if (!chat && (wording == QLatin1String("completion") || readsAsTheyStand)) {
        manners.chatProblem = Error{ErrorCode::Unsupported, tr("This model was taught to complete questions, not to converse."),
                                    tr("Ask it without --chat, with the question as the prompt."), {}};
        return;
    }
    if (wording == QLatin1String("plain") || (!chat && chat.error().code == ErrorCode::NotFound)) {
        manners.isBuiltInChat = true;
        chat = tokenizer::ChatTemplate::create(tokenizer::plainChatTemplate());
    }
    if (!chat) {
        manners.chatProblem = chat.error();
        return;
    }
    chat->addTokensOf(tokenizer);
    manners.chat = std::move(*chat);
}

/// The first mark that the template writes behind an answer: it ends the model's turn.
void addEndOfTurn(Manners &manners, const tokenizer::Tokenizer &tokenizer)
{
    using tokenizer::ChatValue;
    const auto question = tokenizer::chatMessage("user", "a"), answer = tokenizer::chatMessage("assistant", kSomeAnswer);
    const auto rendered = manners.chat->render(ChatValue::sequence({question, answer}));
    if (!rendered)
        return;  // a template with demands of its own; the model's end token is known besides
    const qsizetype begin = rendered->text.lastIndexOf(kSomeAnswer);
    if (begin < 0)
        return;
    const qsizetype end = begin + qsizetype(sizeof kSomeAnswer) - 1;
    std::vector<tokenizer::TextSpan> spans;
    for (const tokenizer::TextSpan &span : rendered->trusted)
        if (span.end > end)
            spans.push_back({std::max<qsizetype>(0, span.begin - end), span.end - end});
    for (const tokenizer::TokenId id : tokenizer.encodeTemplate(QByteArrayView(rendered->text).sliced(end), spans)) {
        if (tokenizer.isControl(id))
            return addStop(manners, id);
    }
}

}  // namespace

bool Manners::isStop(int64_t id) const { return std::find(stopIds.begin(), stopIds.end(), id) != stopIds.end(); }

Manners Manners::plain(const network::Model &model, const tokenizer::Tokenizer &tokenizer)
{
    Manners manners;
    manners.task = taskOf(model.architecture()).value_or(Task::Continue);
    addStop(manners, tokenizer.endOfDocument());
    const tokenizer::SpecialIds ids = tokenizer::specialIds(tokenizer, model.dimensions().vocabulary);  // as objectives teach them
    manners.mask = ids.mask;
    manners.decoderStart = ids.decoderStart;
    if (manners.task == Task::Continue && tokenizer.endOfDocument() >= 0)
        manners.prefix = {tokenizer.endOfDocument()};
    if (manners.task != Task::Continue) {
        manners.prefix = wide(tokenizer.textPrefix());
        manners.suffix = wide(tokenizer.textSuffix());
    }
    return manners;
}

Result<Manners> readManners(const QString &folder, const network::Model &model, const tokenizer::Tokenizer &tokenizer)
{
    const int64_t vocabulary = model.dimensions().vocabulary;
    Manners manners = Manners::plain(model, tokenizer);
    manners.task = taskOf(model.architecture()).value_or(Task::FillMasks);
    ATHANOR_ASSIGN(const QJsonObject imported, optionalFile(folder + QStringLiteral("/model.json")));
    ATHANOR_ASSIGN(const QJsonObject generation, optionalFile(folder + QStringLiteral("/generation_config.json")));
    const QJsonObject config = imported.value(QLatin1String("config")).toObject();
    if (!imported.isEmpty())  // a model from elsewhere is asked as its own tokenizer does
        manners.prefix = wide(tokenizer.textPrefix());
    for (const QJsonObject &object : {config, generation}) {
        addStops(manners, object.value(QLatin1String("eos_token_id")), vocabulary);
        if (const qint64 start = object.value(QLatin1String("decoder_start_token_id")).toInteger(-1); start >= 0 && start < vocabulary)
            manners.decoderStart = start;
    }
    ATHANOR_ASSIGN(const QJsonObject state, optionalFile(folder + QStringLiteral("/state.json")));
    const QJsonObject teaching = state.value(QLatin1String("teaching")).toObject();
    if (manners.task == Task::NameLabel) {
        manners.longestText = teaching.value(QLatin1String("maxTokens")).toInteger();
        manners.cutsFront = teaching.value(QLatin1String("truncate")) == QLatin1String("front");
        if (!teaching.isEmpty())
            return manners;
        ATHANOR_TRY(readCutting(manners, folder, model.dimensions().context));
        if (model::cameWithLabels(imported) && !holds(model.architecture().value(QLatin1String("layers")).toArray(), looksBothWays))
            dropPadding(manners, config);
        return manners;
    }
    readChat(manners, folder, state.value(QLatin1String("teaching")).toObject(), tokenizer);
    if (manners.chat)
        addEndOfTurn(manners, tokenizer);
    return manners;
}

Result<qint64> decoderStartOf(const QString &folder, const QJsonObject &architecture, const tokenizer::Tokenizer &tokenizer)
{
    const qint64 vocabulary = model::dimension(architecture, "vocabulary");
    qint64 start = tokenizer::specialIds(tokenizer, vocabulary).decoderStart;
    if (!folder.isEmpty()) {
        ATHANOR_ASSIGN(const QJsonObject imported, optionalFile(folder + QStringLiteral("/model.json")));
        ATHANOR_ASSIGN(const QJsonObject generation, optionalFile(folder + QStringLiteral("/generation_config.json")));
        for (const QJsonObject &object : {imported.value(QLatin1String("config")).toObject(), generation})
            if (const qint64 given = object.value(QLatin1String("decoder_start_token_id")).toInteger(-1); given >= 0 && given < vocabulary)
                start = given;
    }
    if (start < 0)
        return fail(ErrorCode::InvalidInput, tr("The tokenizer has no token with which the answer could begin."),
                    tr("Take the tokenizer that came with the model, or create the model with a larger vocabulary."));
    return start;
}

Result<Task> taskOf(const QJsonObject &architecture)
{
    const QJsonArray layers = architecture.value(QLatin1String("layers")).toArray();
    if (!model::labelsOf(architecture).isEmpty())
        return Task::NameLabel;
    if (!holds(layers, [](const QJsonObject &entry) { return isLayer(entry, "layer.head"); }))
        return fail(ErrorCode::InvalidInput, tr("This model has no head for tokens: it gives numbers for texts or labels and writes nothing."),
                    tr("Choose a model that continues texts, such as one of the LLaMA or GPT-2 family."));
    if (!architecture.value(QLatin1String("encoder")).toObject().isEmpty())
        return Task::Answer;
    return holds(layers, looksBothWays) ? Task::FillMasks : Task::Continue;
}

}  // namespace athanor::generate
