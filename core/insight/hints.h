// Plain words when something is off. Role: pure rules over a run's figures, tested one by one; each says what is seen
// (with the numbers), why it matters and what to do. When they are looked at, and that a hint is said once, is the
// hint book's business. Thread: pure functions.
#pragma once

#include "core/insight/history.h"

#include <QJsonObject>

#include <functional>
#include <optional>

namespace athanor::insight {

struct Hint {
    QString id;      // of the rule: "learning-rate", "dead-units" …; stable, scripts may ask for it
    QString layer;   // where one layer is meant
    QString seen;
    QString why;
    QString act;
    QString target;  // what the window can do about it: "clone-slower", "data", or empty
    qint64 step = 0;

    QString words() const { return seen + QLatin1Char(' ') + why + QLatin1Char(' ') + act; }
};

/// What the rules must know beside the figures.
struct RunFacts {
    qint64 steps = 0;             // planned in all
    qint64 warmupSteps = 0;
    double randomLoss = 0;        // ln V: of a model that knows nothing; 0: it cannot be told (labels)
    double sampleEntropy = 0;     // mean of ln(number of keys seen) on the sample row: the most an attention can spread
    bool isHalfPrecision = false; // bf16 or f16
};

using Rule = std::function<std::optional<Hint>(const History &, const RunFacts &)>;
struct NamedRule {
    QString id;
    bool isSudden = false;  // counts at the first look; others must hold at two looks in a row
    Rule rule;
};
/// All rules, the most harmful first.
ATHANOR_EXPORT const std::vector<NamedRule> &rules();

// The rules by themselves.
ATHANOR_EXPORT std::optional<Hint> learningRateTooHigh(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> explodingGradient(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> vanishingGradient(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> randomGuessing(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> lossNotFalling(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> learningByHeart(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> deadUnits(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> attentionCollapse(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> gradientUnderflow(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> dataStarved(const History &history, const RunFacts &facts);
ATHANOR_EXPORT std::optional<Hint> machineBusy(const History &history, const RunFacts &facts);

ATHANOR_EXPORT QJsonObject toJson(const Hint &hint);
ATHANOR_EXPORT Hint hintFromJson(const QJsonObject &object);

}  // namespace athanor::insight
