// See one_cycle.h.
#include "plugins/schedule/one_cycle/one_cycle.h"

#include <algorithm>
#include <cmath>

namespace athanor::train {

namespace {

/// From `from` to `to` while `x` goes from 0 to 1.
double alongCosine(double from, double to, double x)
{
    constexpr double pi = 3.14159265358979323846;
    return to + (from - to) * (1 + std::cos(pi * x)) / 2;
}

}  // namespace

double oneCycleFactor(qint64 step, const ScheduleSettings &settings)
{
    const auto number = [&](const char *key, double usual) { return settings.own.value(QLatin1String(key)).toDouble(usual); };
    const double first = 1 / number("start_divisor", 25), last = first / number("end_divisor", 1e4);
    const double end = double(settings.steps) - 1, at = std::min(end, double(step) - 1);
    const double peak = std::clamp(number("peak_share", 0.3) * double(settings.steps) - 1, 0.0, end);
    if (at < peak)
        return alongCosine(first, 1, at / peak);
    return end > peak ? alongCosine(1, last, (at - peak) / (end - peak)) : 1;
}

}  // namespace athanor::train
