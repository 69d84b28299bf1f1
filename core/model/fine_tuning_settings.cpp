// Role: the declarations of what a run on records, an adapter, and a choice of weights need. See training_settings.h.
#include "core/model/training_settings.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <algorithm>

namespace athanor::model {

namespace {

constexpr char kTeaching[] = R"json([
{"key":"kind","type":"choice","title":"Teaches","term":"supervised fine-tuning","default":"chat",
 "doc":"What the model learns from each record.",
 "choices":[
  {"value":"chat","title":"to answer","doc":"Conversations: the model learns to write the answers, in the form of its chat template."},
  {"value":"labels","title":"to sort texts","doc":"Labelled texts: the model learns which label belongs to a text (a classification head)."}]},
{"key":"learnFrom","type":"choice","title":"Learns from","term":"loss mask","default":"answers",
 "doc":"Which tokens of a conversation the model must predict; it reads the others only. A model with an encoder always learns the last answer.",
 "choices":[
  {"value":"answers","title":"every answer","doc":"Everything that the assistant says, with the mark that ends each turn."},
  {"value":"last_answer","title":"the last answer","doc":"What was said before only leads up to it."},
  {"value":"all","title":"everything","doc":"Questions and instructions too."}]},
{"key":"maxTokens","type":"int","title":"Longest record","term":"maximum sequence length","default":0,"min":0,"max":1048576,"unit":"tokens",
 "doc":"Longer records are cut at their end, and counted; 0 takes what the model can see at once. Shorter needs less memory and time. With an encoder: of each side."},
{"key":"truncate","type":"choice","title":"Cuts too long records","term":"truncation side","default":"end","advanced":true,
 "doc":"Where a record that is too long loses what does not fit.",
 "choices":[
  {"value":"end","title":"at the end","doc":"What comes last goes, which may be the answer."},
  {"value":"front","title":"the oldest turns first","doc":"The beginning of a conversation goes, turn by turn; instructions to the model stay."}]},
{"key":"wording","type":"choice","title":"Wording","term":"chat template","default":"template","advanced":true,
 "doc":"How a conversation becomes one text.",
 "choices":[
  {"value":"template","title":"as the model's template","doc":"A model without one gets the built-in wording; one with an encoder reads the question as it stands."},
  {"value":"plain","title":"the built-in wording","doc":"Headings for each speaker in plain text, and the end mark after each answer."},
  {"value":"completion","title":"question and answer as they stand","doc":"Nothing between them but a line break: for base models that complete a text."}]},
{"key":"systemPrompt","type":"text","title":"Instruction to the model","term":"system prompt","default":"","advanced":true,
 "doc":"Stands before every conversation, instead of the one it has. Empty: conversations stay as they are."},
{"key":"packing","type":"bool","title":"Pack short records together","term":"sequence packing","default":true,"advanced":true,
 "doc":"Several records share a row, without seeing each other: the same learning in less time."}
])json";

constexpr char kAdapter[] = R"json([
{"key":"method","type":"choice","title":"Method","term":"parameter-efficient fine-tuning","default":"lora",
 "doc":"How the adapter changes the model.",
 "choices":[{"value":"lora","title":"LoRA","doc":"Two thin matrices beside each chosen matrix (Hu et al. 2021)."}]},
{"key":"rank","type":"int","title":"Rank","term":"LoRA rank r","default":8,"min":1,"max":4096,
 "doc":"Width of the thin matrices. Larger learns more and costs more; 8 to 32 suits most material."},
{"key":"alpha","type":"real","title":"Strength","term":"LoRA alpha","default":16,"min":0.000001,"max":1000000,
 "doc":"What the adapter adds is multiplied by this and divided by the rank."},
{"key":"targets","type":"text","title":"Changes","term":"target modules","default":"all",
 "doc":"The matrices that get an adapter: all, or names as the model's family calls them (q_proj, v_proj …) with commas between them; * and ? stand for any letters."},
{"key":"dropout","type":"real","title":"Dropout","term":"LoRA dropout","default":0,"min":0,"max":0.9,"advanced":true,
 "doc":"Share of what the adapter reads that is set to zero while training, against learning by heart."},
{"key":"rslora","type":"bool","title":"Divide by the root of the rank","term":"rsLoRA","default":false,"advanced":true,
 "doc":"Keeps large ranks learning as fast as small ones (Kalajdzievski 2023)."},
{"key":"dora","type":"bool","title":"Learn lengths separately","term":"DoRA","default":false,"advanced":true,
 "doc":"Direction and length of each row learn on their own: nearer to training all weights, and slower (Liu et al. 2024)."}
])json";

constexpr char kLearns[] = R"json([
{"key":"learns","type":"choice","title":"What learns","term":"trainable parameters","default":"all",
 "doc":"Which of the model's weights change. Those that rest cost neither gradients nor the optimizer's memory.",
 "choices":[
  {"value":"all","title":"all weights","doc":"Learns most, needs most memory, and forgets more of what the model knew."},
  {"value":"adapter","title":"an adapter","doc":"A small addition beside the weights, which stay as they are; it can be merged later."},
  {"value":"head","title":"the head alone","doc":"Only the last layer, which turns what the model understood into an answer: quick, and modest."},
  {"value":"chosen","title":"chosen layers","doc":"The weights whose names fit a pattern."}]},
{"key":"layers","type":"text","title":"Layers","term":"parameter name patterns","default":"","advanced":true,
 "doc":"For chosen layers: patterns of weights' names with commas between them, as blocks.5.* or *.attention.*; * and ? stand for any letters."}
])json";

constexpr qint64 kUsualRow = 1024;  // tokens

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

plugin::ParameterSchema schemaFrom(const char *declaration)
{
    auto schema = plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(QByteArray(declaration)).array());
    if (!schema)
        qFatal("The declaration of the fine-tuning settings contradicts itself: %s", qUtf8Printable(schema.error().message));
    return std::move(*schema);
}

// "teaching.maxTokens=3" without its "teaching."; keys of other groups are left out.
QStringList inGroup(const QStringList &assignments, QLatin1String group)
{
    QStringList found;
    for (const QString &assignment : assignments)
        if (assignment.startsWith(group))
            found += assignment.mid(group.size());
    return found;
}

// Messages begin with what they are about, in quotes: with its group, as it was written.
Error withGroup(Error error, QLatin1String group)
{
    const qsizetype quote = error.message.indexOf(QStringLiteral("“"));
    if (quote >= 0)
        error.message.insert(quote + 1, group);
    return error;
}

Result<QJsonObject> groupOf(const QStringList &assignments, QLatin1String group, const plugin::ParameterSchema &schema)
{
    const QStringList own = inGroup(assignments, group);
    if (own.isEmpty())
        return QJsonObject();
    const auto values = schema.parseAssignments(own);
    return values ? schema.validate(*values) : Result<QJsonObject>(fail(withGroup(values.error(), group)));
}

bool isLearns(const QString &assignment) { return assignment.startsWith(QLatin1String("learns=")); }

}  // namespace

const plugin::ParameterSchema &teachingSchema()
{
    static const plugin::ParameterSchema schema = schemaFrom(kTeaching);
    return schema;
}

const plugin::ParameterSchema &adapterSchema()
{
    static const plugin::ParameterSchema schema = schemaFrom(kAdapter);
    return schema;
}

const plugin::ParameterSchema &learnsSchema()
{
    static const plugin::ParameterSchema schema = schemaFrom(kLearns);
    return schema;
}

QString learnsText(const QJsonObject &values)
{
    const QString chosen = values.value(QLatin1String("learns")).toString();
    return chosen == QLatin1String("chosen") ? values.value(QLatin1String("layers")).toString() : chosen;
}

qint64 recordRowLength(qint64 longest, qint64 limit, qint64 sequence, bool packing)
{
    const qint64 own = std::max<qint64>(2, longest);
    return packing ? std::max(own, std::min(sequence > 0 ? sequence : kUsualRow, limit)) : own;
}

Result<TrainingAssignments> parseTrainingAssignments(const plugin::Catalogue &plugins, const QStringList &assignments,
                                                     const QJsonObject &base)
{
    TrainingAssignments sorted;
    QStringList plain;
    for (const QString &assignment : assignments) {
        if (isLearns(assignment))
            sorted.learns = assignment.mid(7);
        else if (!assignment.startsWith(QLatin1String("teaching.")) && !assignment.startsWith(QLatin1String("adapter.")))
            plain += assignment;
    }
    if (sorted.learns == QLatin1String("chosen") || (sorted.learns.isEmpty() && std::any_of(assignments.begin(), assignments.end(), isLearns)))
        return fail(ErrorCode::InvalidInput, tr("“learns=%1” does not say which weights.").arg(sorted.learns),
                    tr("Write all, adapter, head, or the patterns themselves, as “--set learns=blocks.5.*,norm.*”."));
    ATHANOR_ASSIGN(sorted.settings, trainingSettings(plugins).parseAssignments(plain, base));
    ATHANOR_ASSIGN(sorted.teaching, groupOf(assignments, QLatin1String("teaching."), teachingSchema()));
    ATHANOR_ASSIGN(sorted.adapter, groupOf(assignments, QLatin1String("adapter."), adapterSchema()));
    if (sorted.learns == QLatin1String("adapter") && sorted.adapter.isEmpty())
        sorted.adapter = adapterSchema().defaults();
    return sorted;
}

}  // namespace athanor::model
