// See rate_curve.h.
#include "core/experiment/rate_curve.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <algorithm>
#include <cmath>

namespace athanor::experiment {
namespace {

constexpr double kDivergedTimes = 4;    // the best loss: beyond that nothing comes back
constexpr double kRunningShare = 0.8;   // of the running mean that notices it
constexpr size_t kFewestPoints = 10;
constexpr double kClearTimes = 5;       // the noise of a smoothed loss: the lowest of many is three times it by chance
constexpr double kBelowTheLowest = 3;   // where the loss stands lowest a rate is too large already

constexpr char kRange[] = R"json([
{"key":"lowest","type":"real","title":"From","term":"lowest learning rate","default":1e-6,"min":1e-12,"max":1,
 "doc":"Learning rate of the first step: too small to do anything."},
{"key":"highest","type":"real","title":"To","term":"highest learning rate","default":1,"min":1e-11,"max":1000,
 "doc":"Learning rate of the last step: so large that the loss goes up. The test ends there by itself."},
{"key":"steps","type":"int","title":"In","term":"steps of the range test","default":100,"min":20,"max":10000,"unit":"steps",
 "doc":"Steps from one to the other, each the same factor more. More steps show the curve more clearly."}
])json";

QString tr(const char *text) { return QCoreApplication::translate("athanor::experiment", text); }

QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

double numberIn(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toDouble(std::numeric_limits<double>::quiet_NaN());
}

/// Points on either side that weigh in (a normal curve's deviation).
double widthFor(size_t count) { return std::max(2.0, double(count) / 33); }

/// Mean over the neighbours, weighted by a normal curve: unlike a running mean it does not lag behind the rate.
double smoothedAt(const std::vector<RatePoint> &points, size_t at, double width)
{
    double sum = 0, weights = 0;
    const size_t reach = size_t(3 * width);
    for (size_t i = at > reach ? at - reach : 0; i < std::min(points.size(), at + reach + 1); ++i) {
        const double distance = (double(i) - double(at)) / width;
        const double weight = std::exp(-0.5 * distance * distance);
        sum += weight * points[i].loss;
        weights += weight;
    }
    return sum / weights;
}

/// Deviation that noise alone gives a smoothed loss, from what the losses up to `end` stray from it.
double noiseOf(const std::vector<RatePoint> &points, size_t end, double width)
{
    double sum = 0;
    for (size_t i = 0; i < end; ++i)
        sum += (points[i].loss - points[i].smoothed) * (points[i].loss - points[i].smoothed);
    const double together = 2 * std::sqrt(M_PI) * width;  // points that such a mean comes to
    return std::sqrt(sum / double(std::max<size_t>(1, end)) / together);
}

size_t lowestOf(const std::vector<RatePoint> &points)
{
    const auto less = [](const RatePoint &a, const RatePoint &b) { return a.smoothed < b.smoothed; };
    return size_t(std::min_element(points.begin(), points.end(), less) - points.begin());
}

/// Rates are evenly spaced in their logarithm, so that differences of neighbours are slopes.
size_t steepestBefore(const std::vector<RatePoint> &points, size_t lowest)
{
    size_t steepest = 1;
    double slope = 0;
    for (size_t i = 1; i + 1 < points.size() && i <= lowest; ++i) {
        const double here = points[i + 1].smoothed - points[i - 1].smoothed;
        if (here < slope) {
            slope = here;
            steepest = i;
        }
    }
    return steepest;
}

}  // namespace

const plugin::ParameterSchema &rateRangeSchema()
{
    static const plugin::ParameterSchema schema = [] {
        auto made = plugin::ParameterSchema::fromJson(QJsonDocument::fromJson(QByteArray(kRange)).array());
        if (!made)
            qFatal("The declaration of the rates to try contradicts itself: %s", qUtf8Printable(made.error().message));
        return std::move(*made);
    }();
    return schema;
}

double RateRange::rateAt(qint64 step) const
{
    return lowest * std::pow(highest / lowest, double(step - 1) / double(std::max<qint64>(1, steps - 1)));
}

QJsonObject toJson(const RateRange &range)
{
    return {{QStringLiteral("lowest"), range.lowest}, {QStringLiteral("highest"), range.highest}, {QStringLiteral("steps"), range.steps}};
}

Result<RateRange> rateRangeFromJson(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const QJsonObject values, rateRangeSchema().validate(object));
    const RateRange range{values.value(QLatin1String("lowest")).toDouble(), values.value(QLatin1String("highest")).toDouble(),
                          values.value(QLatin1String("steps")).toInteger()};
    if (!(range.highest > range.lowest))
        return fail(ErrorCode::InvalidInput, tr("Learning rates from %1 to %2 cannot be tried.").arg(formatReal(range.lowest), formatReal(range.highest)),
                    tr("The highest must be above the lowest."));
    return range;
}

bool RateCurve::add(double rate, double loss)
{
    if (!std::isfinite(loss)) {
        m_diverged = true;
        return false;
    }
    m_running = m_points.empty() ? loss : kRunningShare * m_running + (1 - kRunningShare) * loss;
    m_points.push_back({rate, loss, loss});
    m_best = std::min(m_best, m_running);
    m_diverged = m_points.size() >= kFewestPoints && m_running > kDivergedTimes * m_best;
    return !m_diverged;
}

RateAdvice RateCurve::advice()
{
    RateAdvice advice;
    if (m_points.size() < kFewestPoints)
        return advice;
    const double width = widthFor(m_points.size());
    for (size_t i = 0; i < m_points.size(); ++i)
        m_points[i].smoothed = smoothedAt(m_points, i, width);
    const size_t lowest = lowestOf(m_points);
    advice.startLoss = m_points.front().smoothed;
    advice.lowestLoss = m_points[lowest].smoothed;
    advice.isClear = advice.startLoss - advice.lowestLoss > kClearTimes * noiseOf(m_points, lowest + 1, width);
    if (!advice.isClear)
        return advice;
    advice.isOpen = double(lowest) + 2 * width >= double(m_points.size()) && !m_diverged;
    advice.steepest = m_points[steepestBefore(m_points, lowest)].rate;
    advice.lowest = m_points[lowest].rate;
    advice.suggested = std::min(advice.steepest, advice.lowest / kBelowTheLowest);
    return advice;
}

QJsonObject toJson(const std::vector<RatePoint> &points, const RateAdvice &advice, bool diverged)
{
    QJsonArray array;
    for (const RatePoint &point : points)
        array += QJsonArray{point.rate, point.loss, point.smoothed};
    return {{QStringLiteral("points"), array},
            {QStringLiteral("suggestedRate"), numberOrNull(advice.suggested)},
            {QStringLiteral("steepestRate"), numberOrNull(advice.steepest)},
            {QStringLiteral("lowestRate"), numberOrNull(advice.lowest)},
            {QStringLiteral("startLoss"), advice.startLoss},
            {QStringLiteral("lowestLoss"), advice.lowestLoss},
            {QStringLiteral("isOpen"), advice.isOpen},
            {QStringLiteral("isClear"), advice.isClear},
            {QStringLiteral("diverged"), diverged}};
}

std::vector<RatePoint> ratePointsFrom(const QJsonObject &result)
{
    std::vector<RatePoint> points;
    for (const QJsonValue &value : result.value(QLatin1String("points")).toArray()) {
        const QJsonArray point = value.toArray();
        points.push_back({point.at(0).toDouble(), point.at(1).toDouble(), point.at(2).toDouble()});
    }
    return points;
}

RateAdvice rateAdviceFrom(const QJsonObject &result)
{
    RateAdvice advice;
    advice.suggested = numberIn(result, "suggestedRate");
    advice.steepest = numberIn(result, "steepestRate");
    advice.lowest = numberIn(result, "lowestRate");
    advice.startLoss = numberIn(result, "startLoss");
    advice.lowestLoss = numberIn(result, "lowestLoss");
    advice.isOpen = result.value(QLatin1String("isOpen")).toBool();
    advice.isClear = result.value(QLatin1String("isClear")).toBool();
    return advice;
}

QString rateWords(const RateAdvice &advice)
{
    if (!advice.isClear)
        return tr("No rate made the loss fall by more than its noise, so none is suggested. More steps, a larger batch or a higher upper end may show one.");
    QString words = tr("%1 is suggested: the loss falls fastest at %2, and stands lowest at %3, where steps are too large already.")
                        .arg(formatReal(advice.suggested, 2), formatReal(advice.steepest, 2), formatReal(advice.lowest, 2));
    if (advice.isOpen)
        words += QLatin1Char(' ') + tr("It still fell at the end: a higher upper end may show more.");
    return words;
}

}  // namespace athanor::experiment
