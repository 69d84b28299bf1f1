// How the loss falls with parameters N and tokens D, from a few runs: L(N, D) = E + A/N^α + B/D^β (Hoffmann et al. 2022,
// approach 3). Role: fits the five coefficients to small runs, forecasts a larger one with its uncertainty, and says how many
// tokens suit a size. Limits: the runs must be of one kind (same data, tokenizer and family); a forecast far beyond them is a
// guess, and its interval says how wide. Thread: pure; random draws are functions of a seed.
#pragma once

#include "core/base/error.h"

#include <QStringList>

#include <vector>

namespace athanor::experiment {

struct SizedRun {
    QString name;
    double parameters = 0;  // N
    double tokens = 0;      // D, seen in training
    double loss = 0;        // nats per token on unseen text
};

struct ScalingLaw {
    double irreducible = 0;  // E
    double ofSize = 0, sizeExponent = 0;     // A, α
    double ofTokens = 0, tokensExponent = 0; // B, β

    ATHANOR_EXPORT double lossAt(double parameters, double tokens) const;
    /// Tokens at which neither a larger model nor more tokens would have used the same arithmetic (6·N·D) better.
    ATHANOR_EXPORT double suitableTokens(double parameters) const;
    /// Parameters that use so much arithmetic (6·N·D FLOPs) best.
    ATHANOR_EXPORT double suitableParameters(double flops) const;
};

struct ScalingFit {
    ScalingLaw law;
    std::vector<ScalingLaw> draws;   // what noise of the runs' size would have made of it
    double relativeDeviation = 0;    // of the runs from the law
    bool hasAssumedExponents = false;  // too few runs for them: α 0.34 and β 0.28 as published, varied in the draws
    QStringList notes;               // what a person should know before trusting it
};

struct Forecast {
    double loss = 0;
    double low = 0, high = 0;  // nine of ten draws lie between
};

inline constexpr size_t kFewestRuns = 4;         // for a fit at all
inline constexpr size_t kRunsForExponents = 7;   // for one of all five coefficients
inline constexpr int kUsualDraws = 100;

/// InvalidInput says what is missing: runs, different sizes, different numbers of tokens, or a loss.
ATHANOR_EXPORT Result<ScalingFit> fitScaling(const std::vector<SizedRun> &runs, quint64 seed = 1, int draws = kUsualDraws);
ATHANOR_EXPORT Forecast forecast(const ScalingFit &fit, double parameters, double tokens);

}  // namespace athanor::experiment
