// See log_parabola.h.
#include "core/experiment/log_parabola.h"

#include <algorithm>
#include <array>
#include <cmath>

namespace athanor::experiment {
namespace {

constexpr size_t kNeighbours = 2;

/// c[0] + c[1]·x + c[2]·x² by least squares; x should lie around 0.
std::array<double, 3> parabola(const std::vector<std::pair<double, double>> &points)
{
    double s[5] = {}, t[3] = {};
    for (const auto &[x, y] : points)
        for (int power = 0; power < 5; ++power) {
            s[power] += std::pow(x, power);
            if (power < 3)
                t[power] += y * std::pow(x, power);
        }
    const auto determinant = [](double a, double b, double c, double d, double e, double f, double g, double h, double i) {
        return a * (e * i - f * h) - b * (d * i - f * g) + c * (d * h - e * g);
    };
    const double whole = determinant(s[0], s[1], s[2], s[1], s[2], s[3], s[2], s[3], s[4]);
    return {determinant(t[0], s[1], s[2], t[1], s[2], s[3], t[2], s[3], s[4]) / whole,
            determinant(s[0], t[0], s[2], s[1], t[1], s[3], s[2], t[2], s[4]) / whole,
            determinant(s[0], s[1], t[0], s[1], s[2], t[1], s[2], s[3], t[2]) / whole};
}

}  // namespace

std::optional<BestValue> bestValue(std::vector<TriedValue> tried)
{
    std::erase_if(tried, [](const TriedValue &one) { return !std::isfinite(one.loss) || !(one.value > 0); });
    if (tried.size() < 3)
        return std::nullopt;
    std::sort(tried.begin(), tried.end(), [](const TriedValue &a, const TriedValue &b) { return a.value < b.value; });
    const auto lowest = std::min_element(tried.begin(), tried.end(), [](const TriedValue &a, const TriedValue &b) { return a.loss < b.loss; });
    const size_t at = size_t(lowest - tried.begin());
    if (at == 0 || at + 1 == tried.size())
        return BestValue{lowest->value, lowest->loss, false};
    const size_t first = at > kNeighbours ? at - kNeighbours : 0;
    const size_t last = std::min(tried.size() - 1, at + kNeighbours);
    std::vector<std::pair<double, double>> points;
    for (size_t i = first; i <= last; ++i)
        points.emplace_back(std::log(tried[i].value / lowest->value), tried[i].loss);
    const auto c = parabola(points);
    const double least = c[2] > 0 ? -c[1] / (2 * c[2]) : 0;
    const double x = std::clamp(least, points.front().first, points.back().first);
    return BestValue{lowest->value * std::exp(x), c[0] + c[1] * x + c[2] * x * x, true};
}

}  // namespace athanor::experiment
