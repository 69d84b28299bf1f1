// Role: each line compares the same quantity on both sides.
#include "core/model/forecast_and_truth.h"

#include "core/base/format.h"

#include <QCoreApplication>

namespace athanor::model {

namespace {

using What = ForecastLine::What;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

double numberAt(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toDouble(); }

/// With everything: tokens by the seconds of `key`.
double overallSpeed(const QJsonObject &object, const char *key)
{
    const double seconds = numberAt(object, key);
    return seconds > 0 ? numberAt(object, "tokens") / seconds : 0;
}

QString textOf(What what, double value)
{
    if (!(value > 0))
        return {};
    switch (what) {
    case What::Memory: return formatMemory(static_cast<qint64>(value));
    case What::Time: return formatDuration(value);
    case What::Tokens: return formatCount(value);
    case What::Speed:
    case What::OverallSpeed: break;
    }
    return tr("%1 tokens/s").arg(formatCount(value));
}

ForecastLine lineOf(What what, const QString &title, double forecast, double measured)
{
    return {what, title, forecast, measured, textOf(what, forecast), textOf(what, measured)};
}

}  // namespace

QList<ForecastLine> forecastLines(const QJsonObject &parameters, const QJsonObject &result)
{
    const QJsonObject forecast = parameters.value(QLatin1String("forecast")).toObject();
    if (forecast.isEmpty())
        return {};
    const double bytes = numberAt(forecast.value(QLatin1String("accounting")).toObject(), "trainingBytes");
    // What is forecast for a graphics card is that card's memory.
    const char *memory = result.contains(QLatin1String("deviceMemoryBytes")) ? "deviceMemoryBytes" : "peakMemoryBytes";
    // Of a short run every step may have had a checkpoint written beside it: then nothing says how fast steps are.
    const bool isOfSteps = result.value(QLatin1String("stepsAlone")).toInteger(1) > 0;
    QList<ForecastLine> lines{
        lineOf(What::Memory, tr("Peak memory"), bytes, numberAt(result, memory)),
        lineOf(What::Speed, tr("Speed of the steps"), numberAt(forecast, "tokensPerSecond"), isOfSteps ? numberAt(result, "tokensPerSecond") : 0),
        lineOf(What::OverallSpeed, tr("Speed, with everything"), overallSpeed(forecast, "seconds"), overallSpeed(result, "jobSeconds")),
        lineOf(What::Time, tr("Time, with everything"), numberAt(forecast, "seconds"), numberAt(result, "jobSeconds")),
        lineOf(What::Tokens, tr("Tokens"), numberAt(forecast, "tokens"), numberAt(result, "tokens"))};
    lines.removeIf([](const ForecastLine &line) { return line.forecastText.isEmpty() && line.measuredText.isEmpty(); });
    return lines;
}

QList<ForecastLine> forecastBesideTruth(const QJsonObject &parameters, const QJsonObject &result)
{
    QList<ForecastLine> lines = forecastLines(parameters, result);
    lines.removeIf([](const ForecastLine &line) { return !line.isWhole(); });
    return lines;
}

}  // namespace athanor::model
