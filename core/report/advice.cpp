#include "core/report/advice.h"

#include "core/base/format.h"
#include "core/insight/left_out_words.h"
#include "core/report/sections.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace athanor::report {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::report", text); }

// A change below one percent of the value is not told from noise.
constexpr double kClear = 0.01;
constexpr qsizetype kToldLeftOut = 3;  // the newest

struct Point {
    qint64 step = 0;
    double value = 0;
};

std::vector<Point> finitePoints(const job::Series &series)
{
    std::vector<Point> points;
    for (size_t i = 0; i < series.values.size(); ++i)
        if (std::isfinite(series.values[i]))
            points.push_back({series.steps[i], series.values[i]});
    return points;
}

/// Jumps of the loss that the run got past by leaving data out.
QString aboutLeftOut(const ReportInput &input)
{
    const QStringList all = insight::leftOutWords(input.train.value(QLatin1String("leftOut")).toArray());
    if (all.isEmpty())
        return {};
    QStringList words = all.mid(0, kToldLeftOut);
    if (all.size() > kToldLeftOut)
        words += tr("(%1 more before that.)").arg(all.size() - kToldLeftOut);
    return words.join(QLatin1Char(' ')) + tr(" The run got past it; look at these documents.");
}

QString aboutNotANumber(const ReportInput &input)
{
    if (input.train.contains(QLatin1String("leftOut")))
        return {};  // it got past it
    const job::Series loss = input.series.value(QStringLiteral("train/loss"));
    for (size_t i = 0; i < loss.values.size(); ++i)
        if (!std::isfinite(loss.values[i]))
            return tr("The loss was not a number at step %1: the learning rate was too high for this model. Start again from "
                      "the last good checkpoint with half of it.")
                .arg(formatInteger(loss.steps[i]));
    return {};
}

QString aboutHeldOutCurve(const ReportInput &input)
{
    const std::vector<Point> points = finitePoints(input.series.value(QStringLiteral("validation/loss")));
    if (points.size() < 5)
        return {};
    const auto best = std::min_element(points.begin(), points.end(),
                                       [](const Point &a, const Point &b) { return a.value < b.value; });
    const Point last = points.back();
    if (last.value > best->value * (1 + kClear))
        return tr("The held-out loss was lowest at step %1 and rose after it: from there on the model learned its documents by "
                  "heart. More documents help most; the best checkpoint is the one before the rise.")
            .arg(formatInteger(best->step));
    const Point earlier = points[points.size() - 1 - std::max<size_t>(1, points.size() / 5)];
    if (earlier.value > last.value * (1 + kClear))
        return tr("The held-out loss was still falling when the run ended: a longer run on the same documents gets further.");
    return tr("The held-out loss had levelled off when the run ended: more documents or a larger model get further than more "
              "time.");
}

QString aboutCompression(const ReportInput &input)
{
    const auto own = numberAt(input.evaluation, QStringLiteral("bitsPerByte"));
    const auto gzip = numberAt(input.evaluation, QStringLiteral("gzipBitsPerByte"));
    const auto xz = numberAt(input.evaluation, QStringLiteral("xzBitsPerByte"));
    if (!own || !gzip || !xz)
        return {};
    if (*own < std::min(*gzip, *xz))
        return tr("It foretells the held-out documents better than gzip -9 and xz -9e can pack them, although these may look back "
                  "at the documents themselves.");
    if (*own < *gzip)
        return tr("It foretells the held-out documents better than gzip -9 packs them, but not yet better than xz -9e.");
    return tr("It does not yet foretell the held-out documents better than gzip -9 packs them: train longer, or on more "
              "documents.");
}

QString aboutForecast(const ReportInput &input)
{
    for (const model::ForecastLine &line : input.forecast)
        if (line.what == model::ForecastLine::What::Time && line.ratio() > 1.25)
            return tr("The run took %1 instead of the %2 foreseen: the machine was slower than when it was measured, or had other "
                      "work.")
                .arg(line.measuredText, line.forecastText);
    return {};
}

}  // namespace

QStringList advice(const ReportInput &input)
{
    QStringList sentences = {aboutCompression(input), aboutLeftOut(input), aboutNotANumber(input), aboutHeldOutCurve(input), aboutForecast(input)};
    sentences.removeAll(QString());
    return sentences;
}

}  // namespace athanor::report
