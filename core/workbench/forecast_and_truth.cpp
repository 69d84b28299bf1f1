#include "core/workbench/forecast_and_truth.h"

#include "core/base/format.h"

#include <QCoreApplication>

namespace athanor::workbench {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString textOf(ForecastLine::What what, double value)
{
    if (what == ForecastLine::What::Memory)
        return formatMemory(static_cast<qint64>(value));
    return what == ForecastLine::What::Time ? formatDuration(value) : tr("%1 tokens/s").arg(formatCount(value));
}

}  // namespace

QList<ForecastLine> forecastBesideTruth(const QJsonObject &parameters, const QJsonObject &result)
{
    const QJsonObject forecast = parameters.value(QLatin1String("forecast")).toObject();
    // What is forecast for a graphics card is that card's memory.
    const char *memory = result.contains(QLatin1String("deviceMemoryBytes")) ? "deviceMemoryBytes" : "peakMemoryBytes";
    const double bytes = forecast.value(QLatin1String("accounting")).toObject().value(QLatin1String("trainingBytes")).toDouble();
    const auto of = [](const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toDouble(); };
    const auto overall = [&](const QJsonObject &object, const char *seconds) { return of(object, seconds) > 0 ? of(object, "tokens") / of(object, seconds) : 0; };
    // Of a short run every step may have had a checkpoint written beside it: then nothing says how fast steps are.
    const bool isSteps = result.value(QLatin1String("stepsAlone")).toInteger(1) > 0;
    using What = ForecastLine::What;
    const QList<ForecastLine> all{
        {What::Memory, tr("Peak memory"), bytes, of(result, memory), {}, {}},
        {What::Speed, tr("Speed of the steps"), of(forecast, "tokensPerSecond"), isSteps ? of(result, "tokensPerSecond") : 0, {}, {}},
        {What::OverallSpeed, tr("Speed, with everything"), overall(forecast, "seconds"), overall(result, "jobSeconds"), {}, {}},
        {What::Time, tr("Time, with everything"), of(forecast, "seconds"), of(result, "jobSeconds"), {}, {}}};
    QList<ForecastLine> known;
    for (ForecastLine line : all) {
        if (!(line.forecast > 0) || !(line.measured > 0))
            continue;
        line.forecastText = textOf(line.what, line.forecast);
        line.measuredText = textOf(line.what, line.measured);
        known += line;
    }
    return known;
}

}  // namespace athanor::workbench
