#include "ui/plots/series_data.h"

#include <algorithm>

namespace athanor::plots {

SeriesData seriesFrom(const job::Series &series, const job::Series *tokens)
{
    SeriesData data;
    data.values = series.values;
    data.steps.assign(series.steps.begin(), series.steps.end());
    data.restarts.assign(series.restarts.begin(), series.restarts.end());
    data.seconds.reserve(series.utcMs.size());
    qint64 passed = 0, before = series.utcMs.empty() ? 0 : series.utcMs.front();
    for (const qint64 ms : series.utcMs) {
        passed += std::max<qint64>(0, ms - before);  // the clock may have been set back: time does not
        before = ms;
        data.seconds.push_back(static_cast<double>(passed) / 1000);
    }
    if (!tokens || tokens->steps.empty())
        return data;
    data.tokens.reserve(series.steps.size());
    size_t at = 0;  // both ascend: the last count known at each step
    for (const qint64 step : series.steps) {
        while (at + 1 < tokens->steps.size() && tokens->steps[at + 1] <= step)
            ++at;
        data.tokens.push_back(tokens->steps[at] <= step ? tokens->values[at] : 0);
    }
    return data;
}

}  // namespace athanor::plots
