// In what shares a run reads the sources of its dataset, and how that changes on the way. Role: the setting "mixture" as
// values, and the arithmetic of shares and passes for plans; which window comes when is core/train's.
//   docs=2, code=1; 50%: code=3; 90%: docs=8
// A weight says how often a token of the source is read beside one of weight 1: 2 is twice as often, 0 leaves the source
// out; a source without a weight keeps the one before, at first 1. So weights that are all equal change nothing.
// Thread: values and pure functions.
#pragma once

#include "core/base/error.h"

#include <QList>
#include <QStringList>

#include <vector>

namespace athanor::model {

inline constexpr double kLargestWeight = 1e6;

/// A source as people call it, and as documents name it.
struct SourceName {
    QString id;
    QString name;
};

/// From this share of the steps on (0 … 1) the sources have these weights, in the order of the names.
struct MixtureStage {
    double from = 0;
    std::vector<double> weights;
};

struct Mixture {
    std::vector<MixtureStage> stages;  // ascending in `from`, the first from 0; empty: the sources as they are

    /// Whether every source is read as often as every other, all the way.
    ATHANOR_EXPORT bool isAsTheyAre() const;
};

enum class MixtureChange { Step, Gradual };

/// InvalidInput where the text is no mixture of these sources; what it says names the part that is wrong, and the
/// sources that there are. Sources are known by name or id.
ATHANOR_EXPORT Result<Mixture> parseMixture(const QString &text, const QList<SourceName> &sources);
/// As parseMixture() reads it; empty where the sources are as they are. Weights that are 1 from the beginning are left out.
ATHANOR_EXPORT QString mixtureText(const Mixture &mixture, const QList<SourceName> &sources);

/// The stages as they are read: a gradual change becomes a stair of small ones that end with the stage.
ATHANOR_EXPORT std::vector<MixtureStage> stairsOf(const Mixture &mixture, MixtureChange change);
/// Shares of the tokens that are read, of sources with so many tokens each. All 0 where nothing is left to read.
ATHANOR_EXPORT std::vector<double> sharesOf(const std::vector<double> &weights, const std::vector<double> &tokens);
/// How often a run that reads `total` tokens reads each source.
ATHANOR_EXPORT std::vector<double> passesOf(const std::vector<MixtureStage> &stages, const std::vector<double> &tokens, double total);

/// Short names of places, each different from the others: the last parts of the paths, as many as are needed.
ATHANOR_EXPORT QStringList shortNames(const QStringList &locations);

}  // namespace athanor::model
