#include "core/corpus/record_settings.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace athanor::corpus {

namespace {

constexpr char kDeclaration[] = R"json([
 {"key":"format","type":"choice","title":"How the records are written","term":"record format","default":"auto",
  "doc":"Automatic looks at the first records of each file and says what it found.",
  "choices":[
   {"value":"auto","title":"Automatic"},
   {"value":"messages","title":"Conversations as messages","doc":"A list of messages, each with a role and a content (OpenAI, Hugging Face)."},
   {"value":"sharegpt","title":"ShareGPT conversations","doc":"A list of turns, each with “from” (human, gpt, system) and “value”."},
   {"value":"alpaca","title":"Instructions (Alpaca)","doc":"An instruction, perhaps an input, and the output."},
   {"value":"prompt","title":"Questions and answers","doc":"A prompt and its completion, or a question and its answer; each a text or a list of messages."},
   {"value":"labels","title":"Texts with labels","doc":"A text and the one label that belongs to it: for a model that sorts texts."}]},
 {"key":"messages","type":"text","title":"Column of the conversation","term":"messages","default":"",
  "doc":"Empty: messages, conversations, conversation."},
 {"key":"prompt","type":"text","title":"Column of the question","term":"prompt","default":"",
  "doc":"Empty: prompt, question, query, input, instruction."},
 {"key":"completion","type":"text","title":"Column of the answer","term":"completion","default":"",
  "doc":"Empty: completion, response, answer, output."},
 {"key":"text","type":"text","title":"Column of the text","term":"text","default":"","doc":"Empty: text, sentence, content."},
 {"key":"label","type":"text","title":"Column of the label","term":"label","default":"","doc":"Empty: label, labels, category, class."},
 {"key":"instruction","type":"text","title":"Column of the instruction","term":"instruction","default":"","doc":"Empty: instruction.","advanced":true},
 {"key":"input","type":"text","title":"Column of the instruction's input","term":"input","default":"","doc":"Empty: input.","advanced":true},
 {"key":"output","type":"text","title":"Column of the instruction's output","term":"output","default":"","doc":"Empty: output.","advanced":true},
 {"key":"system","type":"text","title":"Column of the instruction to the model","term":"system prompt","default":"",
  "doc":"Stands before the conversation. Empty: system, system_prompt, where there is one.","advanced":true},
 {"key":"tools","type":"text","title":"Column of the tools","term":"tools","default":"",
  "doc":"Descriptions of the tools that the model may call. Empty: tools, where there is one.","advanced":true},
 {"key":"most_labels","type":"int","title":"At most so many labels","term":"label limit","default":1000,"min":2,"max":100000,
  "doc":"More different labels than this mean that another column holds the labels.","advanced":true}
])json";

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isColumn(const QString &key)
{
    return key != QLatin1String("format") && key != QLatin1String("most_labels");
}

}  // namespace

const plugin::ParameterSchema &recordsSchema()
{
    static const plugin::ParameterSchema schema =
        plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(kDeclaration).array()).value_or(plugin::ParameterSchema());
    return schema;
}

Result<QJsonObject> checkRecordSettings(const QJsonObject &records)
{
    for (const QString &key : records.keys())
        if (isColumn(key) && key != QLatin1String("columns"))
            return fail(ErrorCode::InvalidInput, tr("“records” of the recipe has an entry “%1” that means nothing.").arg(key),
                        tr("Known are: format, columns, most_labels."));
    const QJsonValue columns = records.value(QLatin1String("columns"));
    if (!columns.isUndefined() && !columns.isObject())
        return fail(ErrorCode::InvalidInput, tr("“columns” is not an object."), tr("Write it as {\"prompt\":\"question\"}."));
    const QJsonObject named = columns.toObject();
    for (const QString &key : named.keys())
        if (!isColumn(key) || !recordsSchema().find(key))
            return fail(ErrorCode::InvalidInput, tr("There is no column “%1” to map.").arg(key),
                        tr("Known are: messages, prompt, completion, text, label, instruction, input, output, system, tools."));
    ATHANOR_ASSIGN(const QJsonObject values, recordsSchema().validate(recordFormValues(records)));
    return recordSettingsFrom(values);
}

QJsonObject recordFormValues(const QJsonObject &records)
{
    QJsonObject values = records.value(QLatin1String("columns")).toObject();
    for (const QString &key : {QStringLiteral("format"), QStringLiteral("most_labels")})
        if (records.contains(key))
            values.insert(key, records.value(key));
    return values;
}

QJsonObject recordSettingsFrom(const QJsonObject &formValues)
{
    QJsonObject records, columns;
    for (auto it = formValues.begin(); it != formValues.end(); ++it) {
        if (!isColumn(it.key()))
            records.insert(it.key(), it.value());
        else if (it.value() != QJsonValue(QString()))
            columns.insert(it.key(), it.value());
    }
    records.insert(QStringLiteral("columns"), columns);
    return records;
}

QString recordFormatTitle(const QString &format)
{
    for (const plugin::Choice &choice : recordsSchema().find(QStringLiteral("format"))->choices)
        if (choice.value == format)
            return choice.title;
    return {};
}

}  // namespace athanor::corpus
