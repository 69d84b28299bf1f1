// See scaling_law.h. The fit: a grid of exponents, for which the other coefficients follow by least squares; a simplex over the
// exponents; a last one over all five by Huber's loss of the logarithms' differences. The draws: the law at the runs' places
// with noise as large as theirs (and as what the fit has taken in of it), fitted again.
#include "core/experiment/scaling_law.h"

#include "core/base/format.h"
#include "core/experiment/counted_random.h"
#include "core/experiment/simplex.h"
#include "core/model/rules_of_thumb.h"

#include <QCoreApplication>

#include <algorithm>
#include <array>
#include <cmath>

namespace athanor::experiment {
namespace {

constexpr double kHuber = 1e-3;             // Hoffmann et al. 2022
constexpr double kSizeExponent = 0.34, kTokensExponent = 0.28;  // as published there
constexpr double kExponentDoubt = 0.08;     // how far other data were found from them
constexpr double kLeastSpread = 1.5;        // largest over smallest
constexpr double kLeastNoise = 0.002;       // two runs with other seeds differ so much
constexpr double kTogether = 0.98;          // correlation beyond which two causes cannot be told apart
constexpr int kStarts = 10;                 // exponents from 0.1 to 1, in steps of a tenth
constexpr double kStartStep = 0.1;
constexpr int kProjectedEvaluations = 250, kPolishingEvaluations = 1500;

QString tr(const char *text) { return QCoreApplication::translate("athanor::experiment", text); }

using Three = std::array<double, 3>;

/// Solves m·x = v by Cramer's rule; zeros where m has no inverse.
Three solved(const std::array<Three, 3> &m, const Three &v)
{
    const auto determinant = [](const std::array<Three, 3> &a) {
        return a[0][0] * (a[1][1] * a[2][2] - a[1][2] * a[2][1]) - a[0][1] * (a[1][0] * a[2][2] - a[1][2] * a[2][0])
               + a[0][2] * (a[1][0] * a[2][1] - a[1][1] * a[2][0]);
    };
    const double whole = determinant(m);
    Three x{};
    for (size_t column = 0; column < 3 && whole != 0; ++column) {
        std::array<Three, 3> replaced = m;
        for (size_t row = 0; row < 3; ++row)
            replaced[row][column] = v[row];
        x[column] = determinant(replaced) / whole;
    }
    return x;
}

/// The smallest of the runs stand for 1, so that all coefficients are of the size of losses.
struct Scaled {
    std::vector<SizedRun> runs;
    double parameters = 1, tokens = 1;
};

/// E, A and B for these exponents by least squares of relative differences, none below a little.
Three coefficients(const std::vector<SizedRun> &runs, double alpha, double beta)
{
    std::array<Three, 3> m{};
    Three v{};
    for (const SizedRun &run : runs) {
        const Three row{1 / run.loss, std::pow(run.parameters, -alpha) / run.loss, std::pow(run.tokens, -beta) / run.loss};
        for (size_t i = 0; i < 3; ++i) {
            v[i] += row[i];
            for (size_t j = 0; j < 3; ++j)
                m[i][j] += row[i] * row[j];
        }
    }
    for (size_t i = 0; i < 3; ++i)
        m[i][i] *= 1 + 1e-9;
    Three x = solved(m, v);
    for (double &one : x)
        one = std::max(one, 1e-3);
    return x;
}

using Numbers = std::vector<double>;  // log E, log A, log B, α, β

ScalingLaw lawOf(const Numbers &x) { return {std::exp(x[0]), std::exp(x[1]), x[3], std::exp(x[2]), x[4]}; }

double misfit(const std::vector<SizedRun> &runs, const Numbers &x)
{
    if (!(x[3] > 0.01 && x[3] < 3 && x[4] > 0.01 && x[4] < 3))
        return std::numeric_limits<double>::infinity();
    const ScalingLaw law = lawOf(x);
    double sum = 0;
    for (const SizedRun &run : runs) {
        const double off = std::abs(std::log(law.lossAt(run.parameters, run.tokens)) - std::log(run.loss));
        sum += off < kHuber ? 0.5 * off * off : kHuber * (off - 0.5 * kHuber);
    }
    return sum;
}

Numbers startFor(const std::vector<SizedRun> &runs, double alpha, double beta)
{
    const Three x = coefficients(runs, alpha, beta);
    return {std::log(x[0]), std::log(x[1]), std::log(x[2]), alpha, beta};
}

/// The exponents alone move, the others follow by least squares: two numbers, so that a simplex does not get stuck.
Numbers projected(const std::vector<SizedRun> &runs, const Numbers &start)
{
    const auto function = [&](const Numbers &x) {
        const bool isInside = x[0] > 0.01 && x[0] < 3 && x[1] > 0.01 && x[1] < 3;
        return isInside ? misfit(runs, startFor(runs, x[0], x[1])) : std::numeric_limits<double>::infinity();
    };
    const Minimum found = minimum(function, {start[3], start[4]}, 0.05, 1e-10, kProjectedEvaluations);
    return startFor(runs, found.at[0], found.at[1]);
}

/// By Huber's loss itself; with given exponents only the other three move.
Numbers polished(const std::vector<SizedRun> &runs, const Numbers &start, bool movesExponents)
{
    const auto whole = [&](const Numbers &x) { return movesExponents ? x : Numbers{x[0], x[1], x[2], start[3], start[4]}; };
    const Numbers free(start.begin(), start.begin() + (movesExponents ? 5 : 3));
    return whole(minimum([&](const Numbers &x) { return misfit(runs, whole(x)); }, free, 0.02, 1e-12, kPolishingEvaluations).at);
}

Numbers bestFit(const std::vector<SizedRun> &runs, bool movesExponents)
{
    if (!movesExponents)
        return polished(runs, startFor(runs, kSizeExponent, kTokensExponent), false);
    Numbers best = startFor(runs, kSizeExponent, kTokensExponent);
    for (int a = 1; a <= kStarts; ++a)
        for (int b = 1; b <= kStarts; ++b)
            if (Numbers start = startFor(runs, kStartStep * a, kStartStep * b); misfit(runs, start) < misfit(runs, best))
                best = std::move(start);
    return polished(runs, projected(runs, best), true);
}

Scaled scaled(const std::vector<SizedRun> &runs)
{
    Scaled result{runs, runs.front().parameters, runs.front().tokens};
    for (const SizedRun &run : runs) {
        result.parameters = std::min(result.parameters, run.parameters);
        result.tokens = std::min(result.tokens, run.tokens);
    }
    for (SizedRun &run : result.runs) {
        run.parameters /= result.parameters;
        run.tokens /= result.tokens;
    }
    return result;
}

ScalingLaw unscaled(ScalingLaw law, const Scaled &scale)
{
    law.ofSize *= std::pow(scale.parameters, law.sizeExponent);
    law.ofTokens *= std::pow(scale.tokens, law.tokensExponent);
    return law;
}

double spreadOf(const std::vector<SizedRun> &runs, double SizedRun::*what)
{
    const auto less = [what](const SizedRun &a, const SizedRun &b) { return a.*what < b.*what; };
    const auto [low, high] = std::minmax_element(runs.begin(), runs.end(), less);
    return (*high).*what / (*low).*what;
}

Status check(const std::vector<SizedRun> &runs)
{
    for (const SizedRun &run : runs)
        if (!(run.parameters > 0) || !(run.tokens > 0) || !(run.loss > 0) || !std::isfinite(run.loss))
            return fail(ErrorCode::InvalidInput, tr("“%1” has no loss on unseen text, no size or no tokens.").arg(run.name),
                        tr("Leave it out, or let it finish with something held out."));
    if (runs.size() < kFewestRuns)
        return fail(ErrorCode::InvalidInput, tr("%1 runs make no forecast; at least %2 are needed.").arg(runs.size()).arg(kFewestRuns),
                    tr("Train more small models, of different sizes and with different numbers of tokens."));
    if (!(spreadOf(runs, &SizedRun::parameters) >= kLeastSpread))
        return fail(ErrorCode::InvalidInput, tr("All runs are of models of about the same size, so what a larger one gains is not in them."),
                    tr("Add runs of models at least %1 times smaller or larger.").arg(kLeastSpread));
    if (!(spreadOf(runs, &SizedRun::tokens) >= kLeastSpread))
        return fail(ErrorCode::InvalidInput, tr("All runs have seen about as many tokens, so what more of them would give is not in them."),
                    tr("Add runs with at least %1 times fewer or more tokens.").arg(kLeastSpread));
    return {};
}

/// Of the logarithms of sizes and tokens.
double correlation(const std::vector<SizedRun> &runs)
{
    double x = 0, y = 0, xx = 0, yy = 0, xy = 0;
    for (const SizedRun &run : runs) {
        const double a = std::log(run.parameters), b = std::log(run.tokens);
        x += a;
        y += b;
        xx += a * a;
        yy += b * b;
        xy += a * b;
    }
    const auto n = double(runs.size());
    return (n * xy - x * y) / std::sqrt((n * xx - x * x) * (n * yy - y * y));
}

/// What the runs stray from the law, in logarithms.
std::vector<double> residuals(const std::vector<SizedRun> &runs, const ScalingLaw &law)
{
    std::vector<double> off;
    for (const SizedRun &run : runs)
        off.push_back(std::log(run.loss) - std::log(law.lossAt(run.parameters, run.tokens)));
    return off;
}

/// Five or three coefficients have taken some of the noise in: the residuals are smaller than it.
double noiseOf(const std::vector<double> &residuals, bool movesExponents)
{
    double sum = 0;
    for (const double one : residuals)
        sum += one * one;
    const double free = double(residuals.size()) - (movesExponents ? 5 : 3);
    return std::max(kLeastNoise, std::sqrt(sum / std::max(1.0, free)));
}

/// The same runs with other noise.
std::vector<SizedRun> noisy(const std::vector<SizedRun> &runs, const ScalingLaw &law, double noise, CountedRandom &random)
{
    std::vector<SizedRun> drawn = runs;
    for (SizedRun &run : drawn)
        run.loss = law.lossAt(run.parameters, run.tokens) * std::exp(noise * random.normal());
    return drawn;
}

/// A borrowed exponent as other data may have it.
double doubted(double exponent, CountedRandom &random) { return std::max(0.05, exponent + kExponentDoubt * random.normal()); }

std::vector<ScalingLaw> drawLaws(const Scaled &scale, const Numbers &best, bool movesExponents, quint64 seed, int draws)
{
    const ScalingLaw law = lawOf(best);
    const double noise = noiseOf(residuals(scale.runs, law), movesExponents);
    std::vector<ScalingLaw> laws;
    for (int draw = 0; draw < draws; ++draw) {
        CountedRandom random(seed, quint64(draw));
        const std::vector<SizedRun> runs = noisy(scale.runs, law, noise, random);
        const double alpha = doubted(kSizeExponent, random), beta = doubted(kTokensExponent, random);
        laws.push_back(unscaled(lawOf(movesExponents ? projected(runs, best) : startFor(runs, alpha, beta)), scale));
    }
    return laws;
}

void addNotes(const std::vector<SizedRun> &runs, ScalingFit &fit)
{
    if (fit.hasAssumedExponents)
        fit.notes += tr("%1 runs do not say how fast the loss falls with size and tokens; that is taken from published runs (exponents %2 and %3). %4 or more runs would say it.")
                         .arg(runs.size()).arg(kSizeExponent).arg(kTokensExponent).arg(kRunsForExponents);
    if (std::abs(correlation(runs)) > kTogether)
        fit.notes += tr("Larger models have always seen more tokens in proportion: what comes from size and what from tokens cannot be told apart well.");
    if (fit.relativeDeviation > 0.02)
        fit.notes += tr("The runs stray from the law by %1 %: perhaps not all of them had a suitable learning rate.").arg(formatReal(100 * fit.relativeDeviation, 2));
}

}  // namespace

double ScalingLaw::lossAt(double parameters, double tokens) const
{
    return irreducible + ofSize * std::pow(parameters, -sizeExponent) + ofTokens * std::pow(tokens, -tokensExponent);
}

double ScalingLaw::suitableTokens(double parameters) const
{
    // α·A/N^α = β·B/D^β: the last bit of arithmetic gives as much on either side.
    return std::pow(tokensExponent * ofTokens / (sizeExponent * ofSize * std::pow(parameters, -sizeExponent)), 1 / tokensExponent);
}

double ScalingLaw::suitableParameters(double flops) const
{
    const double both = sizeExponent + tokensExponent;
    const double balance = std::pow(sizeExponent * ofSize / (tokensExponent * ofTokens), 1 / both);
    return balance * std::pow(flops / model::kFlopsPerParameter, tokensExponent / both);
}

Result<ScalingFit> fitScaling(const std::vector<SizedRun> &runs, quint64 seed, int draws)
{
    ATHANOR_TRY(check(runs));
    const bool movesExponents = runs.size() >= kRunsForExponents;
    const Scaled scale = scaled(runs);
    const Numbers best = bestFit(scale.runs, movesExponents);
    ScalingFit fit;
    fit.law = unscaled(lawOf(best), scale);
    fit.hasAssumedExponents = !movesExponents;
    double sum = 0;
    for (const double off : residuals(runs, fit.law))
        sum += off * off;
    fit.relativeDeviation = std::sqrt(sum / double(runs.size()));
    fit.draws = drawLaws(scale, best, movesExponents, seed, draws);
    addNotes(runs, fit);
    return fit;
}

Forecast forecast(const ScalingFit &fit, double parameters, double tokens)
{
    Forecast result;
    result.loss = result.low = result.high = fit.law.lossAt(parameters, tokens);
    std::vector<double> losses;
    for (const ScalingLaw &law : fit.draws)
        losses.push_back(law.lossAt(parameters, tokens));
    if (losses.empty())
        return result;
    std::sort(losses.begin(), losses.end());
    const auto at = [&](double share) { return losses[size_t(share * double(losses.size() - 1))]; };
    result.low = std::min(result.loss, at(0.05));
    result.high = std::max(result.loss, at(0.95));
    return result;
}

}  // namespace athanor::experiment
