#include "core/insight/history.h"

#include <algorithm>
#include <cmath>
#include <limits>
#include <set>

namespace athanor::insight {

namespace {

constexpr size_t kMostPoints = 256;
constexpr size_t kNewestKept = 64;  // these stay when a series is thinned
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

void thin(std::vector<Point> &points)
{
    const size_t old = points.size() - kNewestKept;
    size_t kept = 0;
    for (size_t i = 0; i < points.size(); ++i)
        if (i >= old || i % 2 == 0)
            points[kept++] = points[i];
    points.resize(kept);
}

std::set<qint64> newestSteps(const job::Series &series)
{
    const size_t count = series.steps.size(), kept = std::min(count, kMostPoints / 2);
    return {series.steps.end() - std::ptrdiff_t(kept), series.steps.end()};
}

}  // namespace

double medianOf(std::vector<double> values)
{
    if (values.empty())
        return kNone;
    const auto middle = values.begin() + std::ptrdiff_t(values.size() / 2);
    std::nth_element(values.begin(), middle, values.end());
    return *middle;
}

History History::from(const job::MetricsReader &metrics)
{
    History history;
    const QStringList names = metrics.names(), layers = layersIn(names, Figure::GradientNorm);
    std::set<qint64> looks;
    if (!layers.isEmpty())
        looks = newestSteps(metrics.series(figureName(Figure::GradientNorm, layers.first())));
    for (const QString &name : names) {
        const job::Series &series = metrics.series(name);
        const bool isWhole = name.startsWith(QLatin1String("validation/"));
        for (size_t i = 0; i < series.steps.size(); ++i)
            if (isWhole || looks.count(series.steps[i]))
                history.add(series.steps[i], {{name, series.values[i]}});
    }
    return history;
}

void History::add(qint64 step, const QMap<QString, double> &values)
{
    m_lastStep = step;
    for (auto it = values.begin(); it != values.end(); ++it) {
        if (!std::isfinite(it.value()))
            continue;
        std::vector<Point> &points = m_series[it.key()];
        while (!points.empty() && points.back().step >= step)  // the step is made again
            points.pop_back();
        points.push_back({step, it.value()});
        if (points.size() >= kMostPoints)
            thin(points);
    }
}

const std::vector<Point> &History::of(const QString &name) const
{
    static const std::vector<Point> kEmpty;
    const auto found = m_series.find(name);
    return found != m_series.end() ? found->second : kEmpty;
}

QStringList History::layers(Figure figure) const
{
    QStringList names;
    for (const auto &[name, points] : m_series)
        names += name;
    return layersIn(names, figure);
}

double History::at(const QString &name, qint64 step) const
{
    const std::vector<Point> &points = of(name);
    const auto found = std::lower_bound(points.begin(), points.end(), step,
                                        [](const Point &point, qint64 wanted) { return point.step < wanted; });
    return found != points.end() && found->step == step ? found->value : kNone;
}

double History::last(const QString &name) const
{
    const std::vector<Point> &points = of(name);
    return points.empty() ? kNone : points.back().value;
}

double History::usual(const QString &name, size_t newest, size_t least) const
{
    const std::vector<Point> &points = of(name);
    if (points.size() < newest + least)
        return kNone;
    std::vector<double> values;
    for (size_t i = 0; i + newest < points.size(); ++i)
        values.push_back(points[i].value);
    return medianOf(std::move(values));
}

double History::recent(const QString &name, size_t count) const
{
    const std::vector<Point> &points = of(name);
    if (count == 0 || points.size() < count)
        return kNone;
    double sum = 0;
    for (size_t i = points.size() - count; i < points.size(); ++i)
        sum += points[i].value;
    return sum / double(count);
}

}  // namespace athanor::insight
