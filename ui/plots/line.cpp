#include "ui/plots/line.h"

#include <algorithm>
#include <cmath>

namespace athanor::plots {

void Line::setData(SeriesData data)
{
    const size_t kept = beginsAsPresent(data) ? m_data.values.size() : 0;
    m_data = std::move(data);
    m_data.values.resize(std::min(m_data.values.size(), m_data.steps.size()));
    if (kept == 0) {
        m_raw.clear();
        m_broken.clear();
        m_raw.reserve(m_data.values.size());
    }
    for (size_t at = kept; at < m_data.values.size(); ++at) {
        m_raw.append(m_data.values[at]);
        if (!std::isfinite(m_data.values[at]))
            m_broken.push_back(at);
    }
    if (kept == 0) {
        m_smoothed.clear();
        m_average = m_weight = 0;
    }
    extendSmoothed();
}

bool Line::beginsAsPresent(const SeriesData &data) const
{
    const size_t size = m_data.values.size();
    if (size == 0 || data.values.size() < size || data.steps.size() < size)
        return false;
    const auto same = [&](size_t at) {
        const double a = data.values[at];
        const double b = m_data.values[at];
        return data.steps[at] == m_data.steps[at] && (a == b || (std::isnan(a) && std::isnan(b)));
    };
    return same(0) && same(size / 2) && same(size - 1) && data.restarts.size() == m_data.restarts.size();
}

void Line::setSmoothing(double share)
{
    if (share == m_share)
        return;
    m_share = share;
    m_smoothed.clear();
    m_average = m_weight = 0;
    extendSmoothed();
}

// Exponential average without the pull towards zero at the beginning (divided by the weight so far).
void Line::extendSmoothed()
{
    for (size_t at = m_smoothed.size(); at < m_data.values.size(); ++at) {
        const double value = m_data.values[at];
        if (std::isfinite(value)) {
            m_average = m_share * m_average + (1 - m_share) * value;
            m_weight = m_share * m_weight + (1 - m_share);
        }
        m_smoothed.append(std::isfinite(value) ? m_average / m_weight : value);
    }
}

const std::vector<double> &Line::xs(XAxis axis) const
{
    if (axis == XAxis::Tokens && m_data.tokens.size() == m_data.steps.size())
        return m_data.tokens;
    if (axis == XAxis::Time && m_data.seconds.size() == m_data.steps.size())
        return m_data.seconds;
    return m_data.steps;
}

// The values inside, and one more on each side so that the line leaves the picture.
std::pair<size_t, size_t> Line::indexRange(XAxis axis, double from, double to) const
{
    const std::vector<double> &x = xs(axis);
    const auto end = x.begin() + static_cast<std::ptrdiff_t>(size());
    auto first = std::lower_bound(x.begin(), end, from);
    auto last = std::upper_bound(first, end, to);
    if (first != x.begin())
        --first;
    if (last != end)
        ++last;
    return {static_cast<size_t>(first - x.begin()), static_cast<size_t>(last - x.begin())};
}

std::vector<QPointF> Line::points(Kind kind, XAxis axis, double from, double to, int columns) const
{
    std::vector<QPointF> result;
    const std::vector<double> &x = xs(axis);
    const job::MinMaxPyramid &values = pyramid(kind);
    const auto [begin, end] = indexRange(axis, from, to);
    const size_t count = end - begin;
    const auto wanted = static_cast<size_t>(std::max(columns, 1));
    if (count <= 2 * wanted) {
        result.reserve(count);
        for (size_t at = begin; at < end; ++at)
            if (std::isfinite(values.at(at)))
                result.emplace_back(x[at], values.at(at));
        return result;
    }
    result.reserve(2 * wanted + 2);
    const double width = (to - from) / static_cast<double>(wanted);
    size_t at = begin;
    bool up = true;
    for (size_t column = 0; column < wanted && at < end; ++column) {
        const double edge = from + width * static_cast<double>(column + 1);
        const auto next = column + 1 == wanted
                              ? end
                              : static_cast<size_t>(std::upper_bound(x.begin() + static_cast<std::ptrdiff_t>(at),
                                                                     x.begin() + static_cast<std::ptrdiff_t>(end), edge)
                                                    - x.begin());
        const job::MinMax both = values.range(at, next);
        if (!both.isEmpty()) {
            const double middle = edge - width / 2;
            result.emplace_back(middle, up ? both.minimum : both.maximum);
            if (both.minimum < both.maximum)
                result.emplace_back(middle, up ? both.maximum : both.minimum);
            up = !up;  // end where the next column begins: fewer long strokes
        }
        at = next;
    }
    return result;
}

job::MinMax Line::valueRange(Kind kind, XAxis axis, double from, double to, bool positiveOnly) const
{
    const auto [begin, end] = indexRange(axis, from, to);
    job::MinMax result = pyramid(kind).range(begin, end);
    if (!positiveOnly || result.isEmpty() || result.minimum > 0)
        return result;
    result = {};
    for (const QPointF &point : points(kind, axis, from, to, 2000))
        if (point.y() > 0) {
            result.minimum = std::min(result.minimum, point.y());
            result.maximum = std::max(result.maximum, point.y());
        }
    return result;
}

double Line::valueAt(Kind kind, XAxis axis, double x) const
{
    const std::vector<double> &all = xs(axis);
    const auto end = all.begin() + static_cast<std::ptrdiff_t>(size());
    const auto after = std::upper_bound(all.begin(), end, x);
    if (after == all.begin() || (after == end && x > all[size() - 1]))
        return std::numeric_limits<double>::quiet_NaN();
    return pyramid(kind).at(static_cast<size_t>(after - all.begin()) - 1);
}

std::vector<double> Line::brokenAt(XAxis axis, size_t limit) const
{
    std::vector<double> result;
    const size_t stride = std::max<size_t>(1, m_broken.size() / std::max<size_t>(limit, 1));
    for (size_t at = 0; at < m_broken.size() && result.size() < limit; at += stride)
        result.push_back(xs(axis)[m_broken[at]]);
    return result;
}

double Line::xOfStep(XAxis axis, double step) const
{
    const std::vector<double> &x = xs(axis);
    if (axis == XAxis::Step || size() == 0 || &x == &m_data.steps)
        return step;
    const auto found = std::lower_bound(m_data.steps.begin(), m_data.steps.end(), step);
    const auto at = static_cast<size_t>(found - m_data.steps.begin());
    if (found != m_data.steps.end() && (*found == step || at == 0))
        return x[at];
    const size_t last = size() - 1;
    if (found == m_data.steps.end())  // beyond the end: as fast as on average
        return m_data.steps[last] > 0 ? x[last] * step / m_data.steps[last] : x[last];
    const double share = (step - m_data.steps[at - 1]) / (m_data.steps[at] - m_data.steps[at - 1]);
    return x[at - 1] + share * (x[at] - x[at - 1]);
}

}  // namespace athanor::plots
