// run find-rate | forecast
#include "core/base/format.h"
#include "core/command/verb.h"
#include "core/workbench/forecast.h"

#include <QCoreApplication>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

/// Options that are a schema's parameters: what was given, checked; and how they are declared.
Result<QJsonObject> valuesOf(const plugin::ParameterSchema &schema, const Arguments &arguments)
{
    QStringList said;
    for (const plugin::Parameter &parameter : schema.parameters())
        if (arguments.has(parameter.key))
            said += parameter.key + QLatin1Char('=') + arguments.value(parameter.key);
    ATHANOR_ASSIGN(const QJsonObject given, schema.parseAssignments(said));
    return schema.validate(given);
}

QList<Option> optionsOf(const plugin::ParameterSchema &schema)
{
    QList<Option> options;
    for (const plugin::Parameter &parameter : schema.parameters())
        options += {parameter.key, QStringLiteral("X"), tr("%1; %2 when left out").arg(parameter.term, plugin::valueText(parameter.defaultValue))};
    return options;
}

/// About ten rates between the ends, with the loss at each.
QList<QStringList> rateRows(const std::vector<experiment::RatePoint> &points)
{
    constexpr size_t kRows = 12;
    QList<QStringList> rows;
    for (size_t i = 0; i < kRows && !points.empty(); ++i) {
        const experiment::RatePoint &point = points[i * (points.size() - 1) / (kRows - 1)];
        rows += {formatReal(point.rate, 2), formatReal(point.smoothed, 4)};
    }
    return rows;
}

Status findRate(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const workbench::RunRequest request, runRequestOf(session));
    ATHANOR_ASSIGN(const QJsonObject values, valuesOf(experiment::rateRangeSchema(), session.arguments));
    ATHANOR_ASSIGN(const experiment::RateRange range, experiment::rateRangeFromJson(values));
    ATHANOR_ASSIGN(const job::Folder folder, bench->findRate(request, range));
    ATHANOR_ASSIGN(QJsonObject result, session.follow(folder, Session::OnInterrupt::CancelJob));
    session.printTable({tr("learning rate"), tr("loss")}, rateRows(experiment::ratePointsFrom(result)));
    session.print(experiment::rateWords(experiment::rateAdviceFrom(result)));
    result.insert(QStringLiteral("job"), folder.spec().id);
    session.emitJson(result);
    return {};
}

Status forecastRun(Session &session)
{
    ATHANOR_ASSIGN(workbench::Workbench * bench, session.workbench());
    ATHANOR_ASSIGN(const QList<project::Run> runs, bench->project().runs());
    ATHANOR_ASSIGN(const QJsonObject values, valuesOf(workbench::forecastSchema(), session.arguments));
    workbench::ForecastRequest request;
    request.runs = session.arguments.value(QStringLiteral("runs")).split(QLatin1Char(','), Qt::SkipEmptyParts);
    if (request.runs.isEmpty())
        request.runs = workbench::runsForForecast(runs);
    request.parameters = values.value(QLatin1String("parameters")).toDouble();
    request.tokens = values.value(QLatin1String("tokens")).toDouble();
    ATHANOR_ASSIGN(const workbench::RunForecast forecast, workbench::forecastRuns(runs, request));
    QList<QStringList> rows;
    for (const experiment::SizedRun &run : forecast.runs)
        rows += {run.name, formatCount(run.parameters), formatCount(run.tokens), formatReal(run.loss), formatReal(forecast.fit.law.lossAt(run.parameters, run.tokens))};
    session.printTable({tr("run"), tr("parameters"), tr("tokens"), tr("loss"), tr("by the law")}, rows);
    for (const QString &words : workbench::forecastWords(forecast))
        session.print(words);
    session.emitJson(workbench::toJson(forecast));
    return {};
}

}  // namespace

QList<Verb> experimentVerbs()
{
    const QString run = QStringLiteral("run");
    return {
        {run, QStringLiteral("find-rate"), {}, tr("Tries learning rates, rising from step to step, and suggests one; the weights are thrown away."), 0, 0,
         runOptions() + optionsOf(experiment::rateRangeSchema()), findRate},
        {run, QStringLiteral("forecast"), {}, tr("The loss that a larger model will come to, by smaller runs; its tokens and hours."), 0, 0,
         QList<Option>{{QStringLiteral("runs"), QStringLiteral("ID,ID…"), tr("finished runs of several sizes on the same data; all that fit together when left out")}}
             + optionsOf(workbench::forecastSchema()),
         forecastRun},
    };
}

}  // namespace athanor::command
