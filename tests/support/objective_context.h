// A context for the tests of objectives: 1,000 tokens, marks at 1 … 5, sentinels from 900. Thread: one.
#pragma once

#include "core/train/objective_tools.h"

#include <numeric>

namespace athanor::test {

inline train::ObjectiveContext objectiveContext(const QJsonObject &settings = {})
{
    train::ObjectiveContext context;
    context.vocabulary = 900;
    context.ids = {1, 2, 3, 4, 5, 5, {}};
    context.ids.sentinels.resize(100);
    std::iota(context.ids.sentinels.begin(), context.ids.sentinels.end(), 900);
    context.key = {7, 11, 0};
    context.settings = settings;
    return context;
}

/// rows × length ids from 10 on, all different.
inline torch::Tensor windows(int64_t rows, int64_t length)
{
    return (torch::arange(rows * length, torch::kInt64) % 880 + 10).view({rows, length});
}

}  // namespace athanor::test
