// Which data a run left out, and why: the part of plan.json that trouble writes. Role: a batch is a function of the
// step and of this list, so that a resumed run and a reproduction read the same data in the same order. Every entry is
// stored before the run goes on; one that was made in vain is kept for people, and counts no more.
// Thread: values.
#pragma once

#include "core/base/error.h"

#include <QJsonArray>
#include <QStringList>

#include <optional>
#include <vector>

namespace athanor::train {

struct LeftOut {
    qint64 noticedAt = 1;   // the step at which something was wrong
    qint64 afterStep = 0;   // the run went on from here, and
    qint64 batches = 1;     // so many updates' data were passed over
    QString reason;         // in words
    QStringList documents;  // that the batch at which it was noticed is made of: some of them
    bool isReplaced = false;  // a later entry went back further

    bool operator==(const LeftOut &) const = default;
};

/// A run whose weights have gone wrong goes back to so many updates before the one at which it was noticed.
inline constexpr qint64 kStepsBack = 100;

/// Updates' data passed over before `step` (from 1).
ATHANOR_EXPORT qint64 dataShift(const std::vector<LeftOut> &all, qint64 step);
/// Entries noticed in the last thousand steps before `step`, or after it: what "again and again" is measured by.
ATHANOR_EXPORT int troublesNear(const std::vector<LeftOut> &all, qint64 step);
/// Adds what happens at `noticedAt` when the run goes back to `step`: data from there to the trouble are passed over.
ATHANOR_EXPORT LeftOut &leaveOutFrom(std::vector<LeftOut> &all, qint64 step, qint64 noticedAt);
/// Whether the checkpoint of `step`, written when `known` entries were known, stands on the data that count now.
ATHANOR_EXPORT bool standsOn(const std::vector<LeftOut> &all, qint64 step, qint64 known);

ATHANOR_EXPORT QJsonArray toJson(const std::vector<LeftOut> &all);
/// Nothing when it contradicts itself.
ATHANOR_EXPORT std::optional<std::vector<LeftOut>> leftOutFrom(const QJsonArray &array);

}  // namespace athanor::train
