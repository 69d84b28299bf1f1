#include "core/interop/rope_factors.h"

#include <algorithm>
#include <cmath>
#include <numbers>

namespace athanor::interop {

std::vector<float> ropeFactors(const RopeStretch &stretch, double base, qint64 headSize)
{
    std::vector<float> factors;
    for (qint64 pair = 0; pair < headSize / 2; ++pair) {
        const double frequency = std::pow(base, -2.0 * double(pair) / double(headSize));
        const double turns = stretch.originalContext * frequency / (2 * std::numbers::pi);
        const double kept = std::clamp((turns - stretch.lowFrequency) / (stretch.highFrequency - stretch.lowFrequency), 0.0, 1.0);
        factors.push_back(float(1 / ((1 - kept) / stretch.factor + kept)));
    }
    return factors;
}

std::optional<RopeStretch> stretchBehind(std::span<const float> factors, double base, qint64 headSize)
{
    constexpr double kTolerance = 1e-3, kWhole = 1e-3;
    if (qint64(factors.size()) != headSize / 2 || factors.empty())
        return std::nullopt;
    RopeStretch stretch;
    stretch.factor = std::round(double(*std::max_element(factors.begin(), factors.end())) * 1000) / 1000;
    if (!(stretch.factor > 1))
        return std::nullopt;
    // A pair between the two limits tells the original context; the whole table must follow from it.
    for (size_t pair = 0; pair < factors.size(); ++pair) {
        const double kept = (1.0 / double(factors[pair]) - 1 / stretch.factor) / (1 - 1 / stretch.factor);
        if (kept < kWhole || kept > 1 - kWhole)
            continue;
        const double turns = stretch.lowFrequency + kept * (stretch.highFrequency - stretch.lowFrequency);
        stretch.originalContext = std::round(turns * 2 * std::numbers::pi * std::pow(base, 2.0 * double(pair) / double(headSize)));
        break;
    }
    const std::vector<float> made = ropeFactors(stretch, base, headSize);
    const bool fits = std::equal(made.begin(), made.end(), factors.begin(),
                                 [](float a, float b) { return std::fabs(a - b) <= kTolerance * std::fabs(b); });
    return fits ? std::optional(stretch) : std::nullopt;
}

}  // namespace athanor::interop
