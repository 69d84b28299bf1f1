// Whether an update is out of the ordinary, judged before it is made. Role: loss and gradient norm against the median
// of the last updates, in units of their usual spread (median absolute deviation: one outlier does not move either).
// Pure: what it knows is in the checkpoint, so that a resumed run judges as one that was never interrupted.
// Thread: values.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

#include <optional>
#include <vector>

namespace athanor::train {

/// Losses and gradient norms of the last updates that were made, oldest first.
struct RecentUpdates {
    std::vector<double> losses;
    std::vector<double> norms;

    ATHANOR_EXPORT void add(double loss, double gradientNorm);
};

ATHANOR_EXPORT QJsonObject toJson(const RecentUpdates &recent);
/// What cannot be used is an empty memory.
ATHANOR_EXPORT RecentUpdates recentFromJson(const QJsonObject &object);

struct SpikeLimits {
    double threshold = 20;  // spreads above the median
    double clipNorm = 0;    // gradients are cut to this; 0: they are not
};

/// What jumps, in words and numbers; nothing when all is as usual, or when too little is known of what is usual.
ATHANOR_EXPORT std::optional<QString> findSpike(const RecentUpdates &recent, double loss, double gradientNorm,
                                                const SpikeLimits &limits);

}  // namespace athanor::train
