// What a run's folder says about its inside. Role: for the command line and the window: where the time went, the share
// of the machine's limit, each layer's newest figures, the hints, the losses of single tokens. Thread: each call by itself.
#pragma once

#include "core/insight/hint_book.h"
#include "core/insight/inside_file.h"
#include "core/job/folder.h"

namespace athanor::insight {

struct PhaseTime {
    Phase phase = Phase::Other;
    double seconds = 0;  // in all
    double share = 0;    // of the wall time
};

struct LayerFigures {
    QString layer;
    std::map<Figure, double> values;  // newest; what was not measured is missing
    std::vector<double> headEntropies;
};

struct RunInside {
    std::vector<PhaseTime> phases;  // empty for runs that were not timed so
    double wallSeconds = 0;
    double shareOfLimit = std::numeric_limits<double>::quiet_NaN();  // newest
    double limitFlopsPerSecond = std::numeric_limits<double>::quiet_NaN();
    qint64 lookedAtStep = -1;
    QList<LayerFigures> layers;
    QList<ToldHint> hints;
    QStringList tokens;
    TokenLosses losses;  // newest
};

/// Over the last so many records; 0: over the whole run. Empty for runs that were not timed so.
ATHANOR_EXPORT std::vector<PhaseTime> phaseTimes(const job::MetricsReader &metrics, size_t records = 0);
/// What is missing in the folder is missing here; an old run is no error.
ATHANOR_EXPORT RunInside insideOf(job::Folder &folder);
ATHANOR_EXPORT QJsonObject toJson(const RunInside &inside);
/// "data", "forward" …: in the person's words, translated.
ATHANOR_EXPORT QString phaseTitle(Phase phase);
ATHANOR_EXPORT QString figureTitle(Figure figure);

}  // namespace athanor::insight
