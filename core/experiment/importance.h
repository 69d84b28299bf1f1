// Which setting of a sweep mattered. Role: for each setting the share of the differences between runs that goes with it
// alone (main effects of an analysis of variance; Hutter et al. 2014), on the ranks of the losses, so that one run that
// diverged does not decide. Thread: pure; the comparison with chance is a function of the seed.
#pragma once

#include <QJsonObject>
#include <QStringList>

#include "core/base/export.h"

#include <vector>

namespace athanor::experiment {

struct Importance {
    QString key;
    double share = 0;        // 0 to 1
    bool isCertain = false;  // more than 19 of 20 random orders of the runs would show
};

inline constexpr size_t kRunsForImportance = 4;

/// Largest share first; empty for fewer than kRunsForImportance runs. A loss that is no number is the worst.
ATHANOR_EXPORT std::vector<Importance> importance(const std::vector<QJsonObject> &settings, const std::vector<double> &losses,
                                                  const QStringList &keys);

}  // namespace athanor::experiment
