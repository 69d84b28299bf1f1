// The settings of RecordEncoder as JSON, and the built-in wording. See record_encoder.h.
#include "core/plugin/parameter_schema.h"
#include "core/tokenizer/record_encoder.h"

#include <QCoreApplication>

namespace athanor::tokenizer {

namespace {

constexpr qint64 kMostTokens = qint64(1) << 20;

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

template <typename Value> struct Name {
    const char *name;
    Value value;
};
constexpr Name<LearnFrom> kLearnFrom[] = {{"answers", LearnFrom::Answers}, {"last_answer", LearnFrom::LastAnswer}, {"all", LearnFrom::All}};
constexpr Name<TruncateAt> kTruncate[] = {{"end", TruncateAt::End}, {"front", TruncateAt::Front}};
constexpr Name<RecordWording> kWording[] = {
    {"template", RecordWording::Template}, {"plain", RecordWording::Plain}, {"completion", RecordWording::Completion}};

template <typename Value, size_t count>
Status choose(const QJsonObject &teaching, const char *key, const Name<Value> (&names)[count], Value &chosen)
{
    const QJsonValue given = teaching.value(QLatin1String(key));
    if (given.isUndefined())
        return {};
    QStringList known;
    for (const Name<Value> &name : names) {
        known += QLatin1String(name.name);
        if (given.toString() == QLatin1String(name.name)) {
            chosen = name.value;
            return {};
        }
    }
    return fail(ErrorCode::InvalidInput, tr("“%1” cannot be “%2”.").arg(QLatin1String(key), plugin::valueText(given)),
                tr("Choose one of: %1.").arg(known.join(QStringLiteral(", "))));
}

template <typename Value, size_t count> QString nameOf(const Name<Value> (&names)[count], Value value)
{
    for (const Name<Value> &name : names)
        if (name.value == value)
            return QLatin1String(name.name);
    return {};
}

}  // namespace

Result<RecordSettings> RecordSettings::fromJson(const QJsonObject &teaching, const QStringList &labels)
{
    RecordSettings settings;
    settings.labels = labels;
    const QJsonValue most = teaching.value(QLatin1String("maxTokens"));
    if (!most.isUndefined()) {
        settings.maxTokens = most.toInteger(-1);
        if (settings.maxTokens < 0 || settings.maxTokens > kMostTokens || settings.maxTokens == 1)
            return fail(ErrorCode::InvalidInput, tr("“maxTokens” cannot be “%1”.").arg(plugin::valueText(most)),
                        tr("It must be 0 (no limit) or lie between 2 and %1.").arg(kMostTokens));
    }
    ATHANOR_TRY(choose(teaching, "learnFrom", kLearnFrom, settings.learnFrom));
    ATHANOR_TRY(choose(teaching, "truncate", kTruncate, settings.truncate));
    ATHANOR_TRY(choose(teaching, "wording", kWording, settings.wording));
    const QJsonValue system = teaching.value(QLatin1String("systemPrompt"));
    if (!system.isUndefined() && !system.isString())
        return fail(ErrorCode::InvalidInput, tr("“systemPrompt” is not a text."));
    settings.systemPrompt = system.toString();
    return settings;
}

QJsonObject RecordSettings::toJson() const
{
    QJsonObject object{{QStringLiteral("maxTokens"), maxTokens},
                       {QStringLiteral("learnFrom"), nameOf(kLearnFrom, learnFrom)},
                       {QStringLiteral("truncate"), nameOf(kTruncate, truncate)},
                       {QStringLiteral("wording"), nameOf(kWording, wording)},
                       {QStringLiteral("systemPrompt"), systemPrompt}};
    if (sides == RecordSides::Two)
        object.insert(QStringLiteral("sides"), 2);
    return object;
}

QByteArray plainChatTemplate()
{
    return R"(
{%- for message in messages -%}
    {%- if message.tool_calls or tools -%}{{ raise_exception('The built-in wording has no form for tools.') }}{%- endif -%}
    {%- if message.reasoning_content -%}{{ raise_exception('The built-in wording has no form for reasoning.') }}{%- endif -%}
    {{- '### ' + message.role | capitalize + '\n' -}}
    {%- if message.role == 'assistant' -%}
        {%- generation -%}{{- message.content + eos_token -}}{%- endgeneration -%}
    {%- else -%}
        {{- message.content -}}
    {%- endif -%}
    {{- '\n\n' -}}
{%- endfor -%}
{%- if add_generation_prompt -%}{{- '### Assistant\n' -}}{%- endif -%}
)";
}

}  // namespace athanor::tokenizer
