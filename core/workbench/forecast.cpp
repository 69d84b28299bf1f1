// See forecast.h.
#include "core/workbench/forecast.h"

#include "core/base/format.h"
#include "core/model/rules_of_thumb.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace athanor::workbench {
namespace {

constexpr double kFar = 20;            // times the largest run's arithmetic: beyond it a forecast is a guess

constexpr char kSettings[] = R"json([
{"key":"parameters","type":"int","title":"Size of the model","term":"parameters N","default":100000000,"min":1000,"max":1000000000000,"unit":"parameters",
 "doc":"Parameters of the model that is thought of: 20M, 1B."},
{"key":"tokens","type":"int","title":"Tokens that it sees","term":"training tokens D","default":0,"min":0,"max":1000000000000000,"unit":"tokens",
 "doc":"0 takes as many as suit the size, by these runs."}
])json";

QString tr(const char *text) { return QCoreApplication::translate("athanor", text); }

QString familyOf(const project::Run &run)
{
    return run.parameters.value(QLatin1String("architecture")).toObject().value(QLatin1String("architecture")).toString();
}

bool isUsable(const project::Run &run)
{
    return std::isfinite(run.validationLoss) && run.validationLoss > 0 && run.tokens > 0
           && run.facts.value(QLatin1String("parameters")).toDouble() > 0 && run.continuesText
           && run.parameters.value(QLatin1String("from")).toString().isEmpty();
}

QString groupOf(const project::Run &run) { return run.corpusSha256 + QLatin1Char('/') + run.tokenizerSha256; }

experiment::SizedRun sized(const project::Run &run)
{
    return {run.title, run.facts.value(QLatin1String("parameters")).toDouble(), double(run.tokens), run.validationLoss};
}

Result<QList<project::Run>> chosenRuns(const QList<project::Run> &runs, const QStringList &ids)
{
    QList<project::Run> chosen;
    for (const QString &id : ids) {
        const auto found = std::find_if(runs.begin(), runs.end(), [&](const project::Run &run) { return run.id == id; });
        if (found == runs.end())
            return fail(ErrorCode::NotFound, tr("There is no run “%1”.").arg(id), tr("“athanor-cli run list” shows the runs."));
        if (!isUsable(*found))
            return fail(ErrorCode::InvalidInput, tr("The run “%1” (%2) says nothing about larger ones.").arg(found->title, id),
                        tr("Runs that began from nothing, have finished and were measured on unseen text do."));
        if (!chosen.isEmpty() && groupOf(*found) != groupOf(chosen.front()))
            return fail(ErrorCode::InvalidInput, tr("“%1” and “%2” were trained on different documents or with different tokenizers; their losses cannot be compared.").arg(chosen.front().title, found->title),
                        tr("Choose runs on one dataset with one tokenizer."));
        chosen += *found;
    }
    return chosen;
}

/// Rate of the run that did most arithmetic.
double speedOf(const QList<project::Run> &runs)
{
    double most = 0, speed = 0;
    for (const project::Run &run : runs) {
        const double flops = model::kFlopsPerParameter * run.facts.value(QLatin1String("parameters")).toDouble() * double(run.tokens);
        if (flops > most && run.seconds > 0) {
            most = flops;
            speed = flops / run.seconds;
        }
    }
    return speed;
}

void addNotes(const QList<project::Run> &runs, RunForecast &forecast)
{
    forecast.notes = forecast.fit.notes;
    double most = 0;
    bool isMixed = false, isRepeated = false;
    for (const project::Run &run : runs) {
        most = std::max(most, run.facts.value(QLatin1String("parameters")).toDouble() * double(run.tokens));
        isMixed = isMixed || familyOf(run) != familyOf(runs.front());
        isRepeated = isRepeated || run.facts.value(QLatin1String("passes")).toDouble() > model::kUsefulPasses;
    }
    const double times = forecast.parameters * forecast.tokens / most;
    if (times > kFar)
        forecast.notes += tr("This is %1 times the work of the largest of the runs: a guess more than a forecast.").arg(formatCount(std::round(times)));
    if (isMixed)
        forecast.notes += tr("The runs are of models of different families.");
    if (isRepeated)
        forecast.notes += tr("Some of the runs saw their text more than %1 times, which teaches less than new text.").arg(model::kUsefulPasses);
}

}  // namespace

const plugin::ParameterSchema &forecastSchema()
{
    static const plugin::ParameterSchema schema = [] {
        auto made = plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(QByteArray(kSettings)).array());
        if (!made)
            qFatal("The declaration of a forecast contradicts itself: %s", qUtf8Printable(made.error().message));
        return std::move(*made);
    }();
    return schema;
}

QStringList runsForForecast(const QList<project::Run> &runs)
{
    QMap<QString, QStringList> groups;
    for (const project::Run &run : runs)
        if (isUsable(run))
            groups[groupOf(run)] += run.id;
    QStringList most;
    for (const QStringList &group : groups)
        if (group.size() > most.size())
            most = group;
    return most;
}

Result<RunForecast> forecastRuns(const QList<project::Run> &runs, const ForecastRequest &request)
{
    ATHANOR_TRY(forecastSchema().validate({{QStringLiteral("parameters"), request.parameters}, {QStringLiteral("tokens"), request.tokens}}));
    ATHANOR_ASSIGN(const QList<project::Run> chosen, chosenRuns(runs, request.runs));
    RunForecast forecast;
    for (const project::Run &run : chosen)
        forecast.runs.push_back(sized(run));
    ATHANOR_ASSIGN(forecast.fit, experiment::fitScaling(forecast.runs));
    forecast.parameters = request.parameters;
    forecast.suitableTokens = forecast.fit.law.suitableTokens(request.parameters);
    forecast.tokens = request.tokens > 0 ? request.tokens : forecast.suitableTokens;
    forecast.loss = experiment::forecast(forecast.fit, forecast.parameters, forecast.tokens);
    forecast.flopsPerSecond = speedOf(chosen);
    if (forecast.flopsPerSecond > 0)
        forecast.seconds = model::kFlopsPerParameter * forecast.parameters * forecast.tokens / forecast.flopsPerSecond;
    addNotes(chosen, forecast);
    return forecast;
}

QJsonObject toJson(const RunForecast &forecast)
{
    const experiment::ScalingLaw &law = forecast.fit.law;
    QJsonArray runs;
    for (const experiment::SizedRun &run : forecast.runs)
        runs += QJsonObject{{QStringLiteral("title"), run.name}, {QStringLiteral("parameters"), run.parameters}, {QStringLiteral("tokens"), run.tokens},
                            {QStringLiteral("loss"), run.loss}, {QStringLiteral("fitted"), law.lossAt(run.parameters, run.tokens)}};
    return {{QStringLiteral("loss"), forecast.loss.loss}, {QStringLiteral("low"), forecast.loss.low}, {QStringLiteral("high"), forecast.loss.high},
            {QStringLiteral("parameters"), forecast.parameters}, {QStringLiteral("tokens"), forecast.tokens},
            {QStringLiteral("suitableTokens"), forecast.suitableTokens}, {QStringLiteral("seconds"), forecast.seconds},
            {QStringLiteral("flopsPerSecond"), forecast.flopsPerSecond},
            {QStringLiteral("law"), QJsonObject{{QStringLiteral("irreducible"), law.irreducible}, {QStringLiteral("ofSize"), law.ofSize},
                                                {QStringLiteral("sizeExponent"), law.sizeExponent}, {QStringLiteral("ofTokens"), law.ofTokens},
                                                {QStringLiteral("tokensExponent"), law.tokensExponent},
                                                {QStringLiteral("assumedExponents"), forecast.fit.hasAssumedExponents},
                                                {QStringLiteral("relativeDeviation"), forecast.fit.relativeDeviation}}},
            {QStringLiteral("runs"), runs}, {QStringLiteral("notes"), QJsonArray::fromStringList(forecast.notes)}};
}

QStringList forecastWords(const RunForecast &forecast)
{
    QStringList words{tr("A model of %1 parameters that sees %2 tokens is likely to come to a loss of %3 (nine times of ten between %4 and %5).")
                          .arg(formatCount(forecast.parameters), formatCount(forecast.tokens), formatReal(forecast.loss.loss, 3),
                               formatReal(forecast.loss.low, 3), formatReal(forecast.loss.high, 3)),
                      tr("%1 tokens suit its size, by these runs.").arg(formatCount(forecast.suitableTokens))};
    if (forecast.seconds > 0)
        words += tr("On this machine that takes about %1, at the %2 FLOP/s of the largest run.").arg(formatDuration(forecast.seconds), formatCount(forecast.flopsPerSecond));
    return words + forecast.notes;
}

QString forecastCommand(const ForecastRequest &request)
{
    QString command = QStringLiteral("athanor-cli run forecast --runs %1 --parameters %2").arg(request.runs.join(QLatin1Char(','))).arg(request.parameters, 0, 'f', 0);
    return request.tokens > 0 ? command + QStringLiteral(" --tokens %1").arg(request.tokens, 0, 'f', 0) : command;
}

}  // namespace athanor::workbench
