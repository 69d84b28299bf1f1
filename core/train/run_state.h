// The counters of a run: what a checkpoint holds beside tensors. Thread: values.
#pragma once

#include "core/base/error.h"
#include "core/train/spike_guard.h"
#include "core/train/validator.h"

#include <limits>
#include <optional>

namespace athanor::train {

struct RunState {
    qint64 step = 0;     // updates done
    qint64 tokens = 0;   // seen
    double seconds = 0;  // of training, over all attempts
    double startBitsPerByte = std::numeric_limits<double>::quiet_NaN();  // before the first update
    double lowestLoss = std::numeric_limits<double>::infinity();         // on held-out text
    qint64 lowestStep = -1;
    int withoutImprovement = 0;                   // validations since then
    std::optional<ValidationScore> validation;    // of exactly this step
    bool holdsAverage = false;  // a checkpoint's model is the mean of the weights, as it did better when last measured
    double lastLoss = std::numeric_limits<double>::quiet_NaN();
    RecentUpdates recent;                         // what is usual

    /// Takes a validation of the current step in; true when it is the best so far.
    ATHANOR_EXPORT bool addValidation(const ValidationScore &score);
};

/// {"loss","perplexity","bitsPerByte","tokens"}; for labels "accuracy" and "macroF1" instead of "bitsPerByte"; for
/// hidden tokens "maskedAccuracy" and, where pairs are asked for, "nextSentenceAccuracy" besides.
ATHANOR_EXPORT QJsonObject toJson(const ValidationScore &score);
/// The same as points of the curves "validation/loss" …
ATHANOR_EXPORT QMap<QString, double> metricsOf(const ValidationScore &score);

/// NaN and infinities stand as null.
ATHANOR_EXPORT QJsonObject toJson(const RunState &state);
ATHANOR_EXPORT RunState stateFromJson(const QJsonObject &object);

}  // namespace athanor::train
