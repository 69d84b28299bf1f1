// Role: the declaration itself, as the JSON that a plugin.json would hold, and its names elsewhere.
#include "core/model/generation_settings.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

namespace athanor::model {

namespace {

constexpr int kMostStops = 64;

QString tr(const char *text) { return QCoreApplication::translate("athanor::model", text); }

constexpr char kDeclaration[] = R"json([
{"key":"max_tokens","type":"int","title":"Length","term":"maximum new tokens","unit":"tokens","default":120,"min":1,"max":1000000,
 "doc":"At most so many tokens are written."},
{"key":"temperature","type":"real","title":"Boldness","term":"temperature","default":0.8,"min":0,"max":100,
 "doc":"0 always takes the most likely token; higher values vary more and err more."},
{"key":"top_k","type":"int","title":"Among the likeliest","term":"top-k","default":40,"min":0,"max":1000000000,"unit":"tokens",
 "doc":"Only so many most likely tokens are considered; 0 considers all (Fan et al. 2018)."},
{"key":"top_p","type":"real","title":"Covering a share of","term":"top-p, nucleus","default":0.95,"min":0.000001,"max":1,
 "doc":"Only the likeliest tokens that together reach this probability are considered; 1 considers all (Holtzman et al. 2020)."},
{"key":"min_p","type":"real","title":"At least a share of the likeliest","term":"min-p","default":0,"min":0,"max":1,"advanced":true,
 "doc":"Tokens less likely than this share of the likeliest one are left out; 0 leaves none out (Nguyen et al. 2024)."},
{"key":"repetition_penalty","type":"real","title":"Against repeating","term":"repetition penalty","default":1,"min":0.01,"max":100,"advanced":true,
 "doc":"Tokens that the text already has become less likely by this factor; 1 changes nothing (Keskar et al. 2019)."},
{"key":"seed","type":"int","title":"Random seed","term":"seed","default":1,"min":0,"max":9007199254740991,
 "doc":"The same seed and settings write the same text again, on any number of threads."},
{"key":"stop","type":"text","title":"Stop at","term":"stop text","default":"","advanced":true,
 "doc":"Writing ends when this text appears; empty goes on to the full length."},
{"key":"weights","type":"choice","title":"Weights","term":"number format of the weights","default":"auto","advanced":true,
 "doc":"Smaller numbers are read faster and need less memory; large models are bound by that.",
 "choices":[
  {"value":"auto","title":"as they are stored","doc":"bf16 where the file holds bf16, else f32."},
  {"value":"f32","title":"f32","doc":"32 bits: exact."},
  {"value":"bf16","title":"bf16","doc":"16 bits: half the memory, twice the speed."},
  {"value":"int8","title":"int8","doc":"8 bits with a scale for every 32 weights: about four times the speed of f32, hardly any loss."},
  {"value":"int4","title":"int4","doc":"4 bits with a scale for every 32 weights: smallest; the text gets visibly worse in small models."}]}
])json";

// "top_k" with the letters behind underscores made by `join`.
template <typename Join> QString renamed(const QString &key, Join join)
{
    QString name;
    const QStringList words = key.split(QLatin1Char('_'));
    for (const QString &word : words)
        name += name.isEmpty() ? word : join(word);
    return name;
}

Result<QString> checkedStop(const QJsonValue &value)
{
    const QJsonArray list = value.isArray() ? value.toArray() : QJsonArray{value};
    for (const QJsonValue &entry : list)
        if (!entry.isString() || list.size() > kMostStops)
            return fail(ErrorCode::InvalidInput, tr("“stop” must be a list of at most %1 texts.").arg(kMostStops));
    return list.isEmpty() ? QString() : list.first().toString();
}

}  // namespace

const plugin::ParameterSchema &generationSchema()
{
    static const plugin::ParameterSchema schema =
        plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(kDeclaration).array()).value_or(plugin::ParameterSchema());
    return schema;
}

QString requestKey(const QString &key)
{
    return renamed(key, [](const QString &word) { return word.left(1).toUpper() + word.mid(1); });
}

QString optionName(const QString &key)
{
    return renamed(key, [](const QString &word) { return QLatin1Char('-') + word; });
}

QJsonObject requestFromValues(const QJsonObject &values)
{
    QJsonObject request;
    for (auto entry = values.begin(); entry != values.end(); ++entry)
        request.insert(requestKey(entry.key()), entry.value());
    const QJsonValue stop = request.value(QLatin1String("stop"));
    if (stop.isString())
        request.insert(QStringLiteral("stop"), stop.toString().isEmpty() ? QJsonArray() : QJsonArray{stop});
    return request;
}

Result<QJsonObject> valuesFromRequest(const QJsonObject &request)
{
    QJsonObject values;
    for (const plugin::Parameter &parameter : generationSchema().parameters()) {
        const QJsonValue value = request.value(requestKey(parameter.key));
        if (!value.isUndefined() && !value.isNull())
            values.insert(parameter.key, value);
    }
    if (values.contains(QLatin1String("stop"))) {
        ATHANOR_ASSIGN(const QString stop, checkedStop(values.value(QLatin1String("stop"))));
        values.insert(QStringLiteral("stop"), stop);
    }
    return generationSchema().validate(values);
}

}  // namespace athanor::model
