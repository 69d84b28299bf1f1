// What a run's metrics say now, with the comparison for each figure. Role: everything on the training page that is a
// number, computed from series and events; knows no widgets. Thread: pure functions over values.
#pragma once

#include "core/insight/summary.h"
#include "core/job/folder.h"
#include "core/job/metrics.h"

#include <QList>

namespace athanor::pages {

struct RunFigures {
    double bitsPerByte = std::numeric_limits<double>::quiet_NaN();      // validation, newest
    double startBitsPerByte = std::numeric_limits<double>::quiet_NaN();
    double bestBitsPerByte = std::numeric_limits<double>::quiet_NaN();
    qint64 bestStep = -1;
    double perplexity = std::numeric_limits<double>::quiet_NaN();       // validation, newest
    double accuracy = std::numeric_limits<double>::quiet_NaN();         // of held-out labels, newest
    double macroF1 = std::numeric_limits<double>::quiet_NaN();
    double maskedAccuracy = std::numeric_limits<double>::quiet_NaN();   // of held-out hidden tokens, newest
    double nextSentenceAccuracy = std::numeric_limits<double>::quiet_NaN();
    double earlierPerplexity = std::numeric_limits<double>::quiet_NaN();
    double earlierSeconds = 0;                                          // how long before
    double trainLoss = std::numeric_limits<double>::quiet_NaN();
    double tokensPerSecond = std::numeric_limits<double>::quiet_NaN();  // mean of the last records
    double memoryBytes = std::numeric_limits<double>::quiet_NaN();      // of the graphics card, where the run is on one
    bool isOnCard = false;
    double tokens = 0;
    qint64 step = -1;
    double forwardSeconds = 0, backwardSeconds = 0, optimizerSeconds = 0;
    std::vector<insight::PhaseTime> phases;  // of the last records; empty for runs that were not timed whole
    double shareOfLimit = std::numeric_limits<double>::quiet_NaN();  // of the machine, newest
    double stepSeconds = 0;          // measured between records
    double validationShare = 0;      // of the time, measured or 0
    bool sawNotANumber = false;
    qint64 notANumberStep = -1;
};

ATHANOR_EXPORT RunFigures figuresOf(const job::MetricsReader &metrics);

enum class HintLevel { Good, Attention, Bad };
struct Hint {
    HintLevel level = HintLevel::Good;
    QString text;
    QString target = {};  // what can be done about it: "data", "clone-slower", or empty
    QString about = {};  // the run's own hint that says the same, more exactly
};

/// Health in plain words. `trainTokens`: tokens of the training part, 0 when unknown.
ATHANOR_EXPORT QList<Hint> healthHints(const job::MetricsReader &metrics, const RunFigures &figures, double trainTokens);

/// exp(loss) of each value: perplexity as a series.
ATHANOR_EXPORT job::Series perplexityOf(const job::Series &loss);

/// Total steps of a run: from its progress, or 0 when it is not known yet.
ATHANOR_EXPORT qint64 totalSteps(const job::Summary &summary);

}  // namespace athanor::pages
