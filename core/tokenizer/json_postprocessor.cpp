#include "core/tokenizer/json_postprocessor.h"

#include "core/tokenizer/json_fields.h"

namespace athanor::tokenizer {

namespace {

using json::tr;

Status addId(const QJsonValue &value, const Vocabulary &vocabulary, std::vector<TokenId> &ids)
{
    const double id = value.toDouble(-1);
    if (!(id >= 0) || id >= static_cast<double>(vocabulary.texts.size()) || id != static_cast<double>(static_cast<TokenId>(id)))
        return json::corrupt(tr("Its post-processor names a token that is not in the vocabulary."));
    ids.push_back(static_cast<TokenId>(id));
    return {};
}

// ["[SEP]", 102]
Status addNamed(const QJsonObject &object, const char *key, const Vocabulary &vocabulary, std::vector<TokenId> &ids)
{
    return addId(object.value(QLatin1String(key)).toArray().at(1), vocabulary, ids);
}

Status addTemplate(const QJsonObject &object, const Vocabulary &vocabulary, Surroundings &out)
{
    const QJsonObject special = object.value(QLatin1String("special_tokens")).toObject();
    Surroundings own;
    bool seenText = false;
    for (const QJsonValue &part : object.value(QLatin1String("single")).toArray()) {
        const QJsonObject piece = part.toObject();
        if (piece.contains(QLatin1String("Sequence"))) {
            if (seenText)
                return fail(ErrorCode::Unsupported, tr("Its template has the text twice, which is not supported."));
            seenText = true;
            continue;
        }
        const QString name = piece.value(QLatin1String("SpecialToken")).toObject().value(QLatin1String("id")).toString();
        const QJsonValue ids = special.value(name).toObject().value(QLatin1String("ids"));
        if (!ids.isArray())
            return json::corrupt(tr("Its template names “%1”, which is not among its special tokens.").arg(name.left(80)));
        for (const QJsonValue &id : ids.toArray())
            ATHANOR_TRY(addId(id, vocabulary, seenText ? own.suffix : own.prefix));
    }
    out.prefix.insert(out.prefix.begin(), own.prefix.begin(), own.prefix.end());
    out.suffix.insert(out.suffix.end(), own.suffix.begin(), own.suffix.end());
    return {};
}

}  // namespace

Result<Surroundings> readPostProcessor(const QJsonValue &value, const Vocabulary &vocabulary)
{
    std::vector<QJsonObject> parts;
    ATHANOR_TRY(json::flatten(value, "processors", parts));
    Surroundings out;
    for (const QJsonObject &part : parts) {
        const QString type = part.value(QLatin1String("type")).toString();
        if (type == QLatin1String("TemplateProcessing")) {
            ATHANOR_TRY(addTemplate(part, vocabulary, out));
        } else if (type == QLatin1String("BertProcessing") || type == QLatin1String("RobertaProcessing")) {
            std::vector<TokenId> begin;
            ATHANOR_TRY(addNamed(part, "cls", vocabulary, begin));
            ATHANOR_TRY(addNamed(part, "sep", vocabulary, out.suffix));
            out.prefix.insert(out.prefix.begin(), begin.begin(), begin.end());
        } else if (type != QLatin1String("ByteLevel")) {  // which changes positions only
            return json::unknownType(tr("post-processor"), type);
        }
    }
    return out;
}

}  // namespace athanor::tokenizer
