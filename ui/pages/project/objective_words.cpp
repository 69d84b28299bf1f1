#include "ui/pages/project/objective_words.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace athanor::pages {

namespace {

constexpr char kQuestions[] = R"json([
{"key":"name","type":"text","title":"Name of the project","term":"title","default":"My documents",
 "doc":"How it is listed; the model gets its name from it."},
{"key":"task","type":"choice","title":"What should it do?","term":"task","default":"continue",
 "doc":"From documents a model learns to continue text. To answer, classify or summarise it needs examples, and a model that can write already.",
 "choices":[
  {"value":"continue","title":"Continue text like my documents","doc":"A base model: it writes on, it does not answer."},
  {"value":"answer","title":"Answer as in my examples","doc":"Questions with answers, conversations or labelled texts, taught to a model that exists."}]},
{"key":"domain","type":"text","title":"What are the documents about?","term":"domain","default":"",
 "doc":"In your words: “minutes of our meetings”, “repair manuals”. It is written into the report."},
{"key":"languages","type":"text","title":"Languages","term":"languages","default":"en",
 "doc":"Codes or names, with commas: en, de."},
{"key":"quality","type":"choice","title":"How good should it be?","term":"training time","default":"good",
 "doc":"More time gives a better model, up to what the documents allow.",
 "choices":[
  {"value":"quick","title":"A quick look: about 5 minutes","doc":"Enough to see it learn."},
  {"value":"good","title":"Good: about 10 minutes","doc":"Reads like the documents."},
  {"value":"thorough","title":"Thorough: about an hour","doc":"As good as this machine makes it in an hour."}]},
{"key":"latency","type":"choice","title":"How fast should it write?","term":"latency","default":"any","advanced":true,
 "doc":"A smaller model writes faster. The approach is recommended accordingly.",
 "choices":[
  {"value":"any","title":"It does not matter","doc":""},
  {"value":"fast","title":"As fast as one reads","doc":"At least about 20 tokens a second on this machine."}]},
{"key":"folder","type":"text","title":"Where the project is kept","term":"project folder","default":"","advanced":true,
 "doc":"A new or an empty folder. Documents stay where they are."}
])json";

QString tr(const char *text) { return QCoreApplication::translate("Objective", text); }

QString textOf(const QJsonValue &value)
{
    if (!value.isArray())
        return value.toString();
    QStringList parts;
    for (const QJsonValue &part : value.toArray())
        parts += part.toString();
    return parts.join(QStringLiteral(", "));
}

QString choiceTitle(const char *key, const QString &value)
{
    const plugin::Parameter *parameter = objectiveSchema().find(QLatin1String(key));
    for (const plugin::Choice &choice : parameter->choices)
        if (choice.value == value)
            return choice.title;
    return value;
}

}  // namespace

const plugin::ParameterSchema &objectiveSchema()
{
    static const plugin::ParameterSchema schema = [] {
        auto made = plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(QByteArray(kQuestions)).array());
        if (!made)
            qFatal("The questions of the wizard contradict themselves: %s", qUtf8Printable(made.error().message));
        return std::move(*made);
    }();
    return schema;
}

QString objectiveSentence(const QJsonObject &objective)
{
    const QString domain = objective.value(QLatin1String("domain")).toString();
    if (objective.isEmpty())
        return tr("Not yet said what the model is for");
    if (wishesOf(objective).answers)
        return domain.isEmpty() ? tr("Answers as in the examples") : tr("Answers about %1").arg(domain);
    return domain.isEmpty() ? tr("Continues text in the manner of the documents")
                            : tr("Continues text in the manner of %1").arg(domain);
}

QList<QPair<QString, QString>> objectiveFacts(const QJsonObject &objective)
{
    QList<QPair<QString, QString>> facts;
    const auto add = [&](const QString &title, const QString &value) {
        if (!value.isEmpty())
            facts.emplaceBack(title, value);
    };
    add(tr("Task"), !objective.contains(QLatin1String("task")) ? QString()
                    : wishesOf(objective).answers              ? tr("answer from examples")
                                                               : tr("continue text"));
    add(tr("About"), objective.value(QLatin1String("domain")).toString());
    add(tr("Languages"), textOf(objective.value(QLatin1String("languages"))));
    add(tr("Quality"), choiceTitle("quality", objective.value(QLatin1String("quality")).toString()));
    add(tr("Personal data"), objective.contains(QLatin1String("personalData"))
                                 ? (objective.value(QLatin1String("personalData")).toBool() ? tr("may be in it") : tr("none expected"))
                                 : QString());
    return facts;
}

workbench::Wishes wishesOf(const QJsonObject &objective)
{
    constexpr double kReadingSpeed = 20;  // tokens a second
    return {objective.value(QLatin1String("task")) == QLatin1String("answer"),
            objective.value(QLatin1String("latency")) == QLatin1String("fast") ? kReadingSpeed : 0};
}

double minutesFor(const QJsonObject &objective)
{
    const QString quality = objective.value(QLatin1String("quality")).toString();
    if (quality == QLatin1String("quick"))
        return 5;
    return quality == QLatin1String("thorough") ? 60 : 10;
}

}  // namespace athanor::pages
