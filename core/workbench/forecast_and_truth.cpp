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
    return what == ForecastLine::What::Speed ? tr("%1 tokens/s").arg(formatCount(value)) : formatDuration(value);
}

}  // namespace

QList<ForecastLine> forecastBesideTruth(const QJsonObject &parameters, const QJsonObject &result)
{
    const QJsonObject forecast = parameters.value(QLatin1String("forecast")).toObject();
    const double bytes = forecast.value(QLatin1String("accounting")).toObject().value(QLatin1String("trainingBytes")).toDouble();
    const auto of = [](const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toDouble(); };
    using What = ForecastLine::What;
    const QList<ForecastLine> all{
        {What::Memory, tr("Peak memory"), bytes, of(result, "peakMemoryBytes"), {}, {}},
        {What::Speed, tr("Speed"), of(forecast, "tokensPerSecond"), of(result, "tokensPerSecond"), {}, {}},
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
