// What a filter says it measures: the entries "signals" of its plugin.json. Role: from them follow the distributions
// that people see, the limits drawn in them, and which settings leave what was measured as it is.
//   {"key":"mean_word","title":"Average word","term":"mean word length","unit":"characters",
//    "least":"least_mean_word","most":"most_mean_word"}      the parameters that limit it from below and above
//   "share": true        between 0 and 1, shown as percent
//   "unlimited": 0       the value of "most" that stands for no limit
//   "of_reader": true    measured by the reader, absent for other formats
// Thread: pure functions.
#pragma once

#include "core/plugin/catalogue.h"

namespace athanor::corpus {

struct SignalDeclaration {
    QString filter;       // plugin id
    QString filterTitle;
    QString key;          // as in a document's "signals"
    QString title, term, unit;
    bool isShare = false;
    QString least, most;  // keys of parameters; empty: not limited on that side
    double unlimited = std::numeric_limits<double>::quiet_NaN();
};

/// A limit of a signal as a recipe sets it.
struct SignalLimit {
    enum class Side { Least, Most };
    SignalDeclaration signal;
    Side side = Side::Most;
    double value = 0;      // of the recipe
    bool isOn = true;      // false: the value stands for no limit
    QString parameter() const { return side == Side::Least ? signal.least : signal.most; }
    /// Whether a document with this value is removed by it.
    bool removes(double measured) const { return isOn && (side == Side::Least ? measured < value : measured > value); }
};

ATHANOR_EXPORT std::vector<SignalDeclaration> signalsOf(const plugin::Metadata &filter);
/// Of all filters of a recipe, in its order, one for each parameter that limits a signal. `recipe`: of checkRecipe().
ATHANOR_EXPORT std::vector<SignalLimit> signalLimits(const QJsonObject &recipe, const plugin::Catalogue &catalogue);
/// `recipe` with another value for the limit. Errors: NotFound where it has no such step; those of the parameter.
ATHANOR_EXPORT Result<QJsonObject> recipeWithLimit(const QJsonObject &recipe, const SignalLimit &limit, double value, const plugin::Catalogue &catalogue);
/// Those of a filter's settings that change what it measures: all that limit no signal.
ATHANOR_EXPORT QJsonObject measuringSettings(const plugin::Metadata &filter, const QJsonObject &settings);

}  // namespace athanor::corpus
