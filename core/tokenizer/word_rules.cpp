#include "core/tokenizer/word_rules.h"

#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/known_patterns.h"
#include "core/tokenizer/tokenizer_json_text.h"

#include <QJsonDocument>

namespace athanor::tokenizer {

namespace {

using json::tr;

QJsonObject byteLevel(bool cuts)
{
    return jsonPart("ByteLevel", {{QStringLiteral("add_prefix_space"), false}, {QStringLiteral("trim_offsets"), true}, {QStringLiteral("use_regex"), cuts}});
}
QJsonObject split(const char *expression)
{
    return jsonPart("Split", {{QStringLiteral("pattern"), regexPattern(QString::fromUtf8(expression))},
                              {QStringLiteral("behavior"), QStringLiteral("Isolated")},
                              {QStringLiteral("invert"), false}});
}
QJsonObject digits(bool single)
{
    return jsonPart("Digits", {{QStringLiteral("individual_digits"), single}});
}
QJsonObject sequence(const QJsonArray &parts)
{
    return jsonSequence("pretokenizers", parts);
}

// One expression, and then bytes.
template <const char *expression> QJsonValue onlySplit()
{
    return sequence({split(expression), byteLevel(false)});
}
QJsonValue gpt2()
{
    return byteLevel(true);
}
QJsonValue digitsApart()
{
    return sequence({digits(true), byteLevel(true)});
}
// Its digits are cut after the text has become bytes.
QJsonValue falcon()
{
    return sequence({jsonPart("Punctuation", {{QStringLiteral("behavior"), QStringLiteral("Contiguous")}}), byteLevel(true), digits(false), split("[0-9][0-9][0-9]")});
}
QJsonValue deepseekCoder()
{
    return sequence({split("[\r\n]"), split("\\s?\\p{L}+"), split("\\s?\\p{P}+"), split("[一-龥ࠀ-一가-퟿]+"), digits(true), byteLevel(false)});
}
QJsonValue deepseek3()
{
    return sequence({split("\\p{N}{1,3}"), split("[一-龥぀-ゟ゠-ヿ]+"),
                     split("[!\"#$%&'()*+,\\-./:;<=>?@\\[\\\\\\]^_`{|}~][A-Za-z]+|[^\r\n\\p{L}\\p{P}\\p{S}]?[\\p{L}\\p{M}]+| ?[\\p{P}\\p{S}]+[\r\n]*|\\s*[\r\n]+|\\s+(?!\\S)|\\s+"),
                     byteLevel(false)});
}

enum Flag { None = 0, IgnoresMerges = 1, AddsBegin = 2, Nfc = 4 };

struct Entry {
    const char *names;  // the first is written, all are read
    QJsonValue (*preTokenizer)();
    int flags;
};

const Entry kEntries[] = {
    {"gpt-2 phi-2 gigachat jina-es jina-de jina-v2-es jina-v2-de jina-v1-en jina-v2-code roberta-bpe a.x-4.0 mellum exaone4 jais trillion default", gpt2, None},
    {"mpt olmo modern-bert", gpt2, Nfc},
    {"smollm starcoder refact codeshell exaone minerva-7b mellum2", digitsApart, None},
    {"command-r", digitsApart, Nfc},
    {"llama-bpe llama3 llama-v3 falcon3 falcon-h1 pixtral midm-2.0 lfm2 jina-v5-nano", onlySplit<kLlama3Expression>, IgnoresMerges | AddsBegin},
    {"glm4 glm5", onlySplit<kLlama3Expression>, IgnoresMerges},
    {"smaug-bpe dbrx chatglm-bpe", onlySplit<kLlama3Expression>, None},
    {"qwen2 deepseek-r1-qwen kormo f2llmv2 megrez", onlySplit<kQwen2Expression>, Nfc},
    {"stablelm2 hunyuan solar-open grok-2", onlySplit<kQwen2Expression>, None},
    {"qwen35", onlySplit<kQwen35Expression>, None},
    {"tekken", onlySplit<kTekkenExpression>, IgnoresMerges | AddsBegin},
    {"gpt-4o llama4 kanana2", onlySplit<kO200kExpression>, None},
    {"falcon", falcon, None},
    {"deepseek-coder", deepseekCoder, None},
    {"deepseek-v3 hunyuan-dense joyai-llm", deepseek3, None},
};

// What cuts, and nothing that only moves positions.
QString signature(const QJsonValue &preTokenizer)
{
    std::vector<QJsonObject> parts;
    if (!json::flatten(preTokenizer, "pretokenizers", parts))
        return {};
    QJsonArray kept;
    for (QJsonObject part : parts) {
        part.remove(QStringLiteral("trim_offsets"));
        const QString type = part.value(QLatin1String("type")).toString();
        const bool isInverse = part.value(QLatin1String("behavior")) == QLatin1String("Removed") && part.value(QLatin1String("invert")).toBool();
        if (type == QLatin1String("Split") && isInverse && knownPattern(part.value(QLatin1String("pattern")).toObject().value(QLatin1String("Regex")).toString())) {
            part.insert(QStringLiteral("behavior"), QStringLiteral("Isolated"));
            part.insert(QStringLiteral("invert"), false);
        }
        if (type == QLatin1String("ByteLevel") && !part.contains(QLatin1String("use_regex")))
            part.insert(QStringLiteral("use_regex"), true);
        kept.append(part);
    }
    return QString::fromUtf8(QJsonDocument(kept).toJson(QJsonDocument::Compact));
}

}  // namespace

Result<WordRules> wordRulesNamed(const QString &name)
{
    const QString wanted = name.isEmpty() ? QStringLiteral("default") : name;
    for (const Entry &entry : kEntries) {
        if (!QString::fromLatin1(entry.names).split(QLatin1Char(' ')).contains(wanted))
            continue;
        WordRules rules{entry.preTokenizer(), {}, (entry.flags & IgnoresMerges) != 0, (entry.flags & AddsBegin) != 0};
        if (entry.flags & Nfc)
            rules.normalizer = jsonPart("NFC");
        return rules;
    }
    return fail(ErrorCode::Unsupported, tr("Its way to cut text into words, “%1”, is not known.").arg(name.left(80)),
                tr("Import the model from its Hugging Face folder, where the rules stand in full."));
}

QString nameOfWordRules(const QJsonValue &preTokenizer, bool ignoresMerges)
{
    const QString wanted = signature(preTokenizer);
    for (const Entry &entry : kEntries) {
        if (signature(entry.preTokenizer()) != wanted)
            continue;
        if (((entry.flags & IgnoresMerges) != 0) == ignoresMerges)
            return QString::fromLatin1(entry.names).section(QLatin1Char(' '), 0, 0);
    }
    return {};
}

}  // namespace athanor::tokenizer
