#include "ui/plots/series_data.h"

namespace athanor::plots {

SeriesData seriesFrom(const job::Series &series, const job::Series *tokens)
{
    SeriesData data;
    data.values = series.values;
    data.steps.assign(series.steps.begin(), series.steps.end());
    data.restarts.assign(series.restarts.begin(), series.restarts.end());
    const qint64 began = series.utcMs.empty() ? 0 : series.utcMs.front();
    data.seconds.reserve(series.utcMs.size());
    for (const qint64 ms : series.utcMs)
        data.seconds.push_back(static_cast<double>(ms - began) / 1000);
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
