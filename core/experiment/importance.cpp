// See importance.h.
#include "core/experiment/importance.h"

#include "core/experiment/counted_random.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <numeric>

namespace athanor::experiment {
namespace {

constexpr size_t kLevels = 3;     // that a range with many values is cut into
constexpr int kShuffles = 200;
constexpr double kCertain = 0.95;

/// Ranks, equal losses sharing theirs.
std::vector<double> ranksOf(const std::vector<double> &losses)
{
    std::vector<double> ranks;
    for (const double loss : losses) {
        double rank = 0;
        for (const double other : losses) {
            const bool isSame = other == loss || (!std::isfinite(other) && !std::isfinite(loss));
            const bool isBetter = std::isfinite(other) && (!std::isfinite(loss) || other < loss);
            rank += isSame ? 0.5 : isBetter ? 1 : 0;
        }
        ranks.push_back(rank);
    }
    return ranks;
}

/// The value's group: itself where there are few, a third of the range (by rank) where each run has its own.
std::vector<size_t> levelsOf(const std::vector<QJsonObject> &settings, const QString &key)
{
    std::map<QString, size_t> distinct;
    std::vector<double> numbers;
    for (const QJsonObject &one : settings) {
        distinct.emplace(one.value(key).toVariant().toString(), distinct.size());
        numbers.push_back(one.value(key).toDouble());
    }
    const bool isFew = 2 * distinct.size() <= settings.size() || !settings.front().value(key).isDouble();
    std::vector<size_t> levels;
    for (size_t i = 0; i < settings.size(); ++i) {
        const auto below = std::count_if(numbers.begin(), numbers.end(), [&](double other) { return other < numbers[i]; });
        levels.push_back(isFew ? distinct[settings[i].value(key).toVariant().toString()] : size_t(below) * kLevels / settings.size());
    }
    return levels;
}

/// Variance of the levels' means over variance of all.
double explained(const std::vector<double> &ranks, const std::vector<size_t> &levels)
{
    const double mean = std::accumulate(ranks.begin(), ranks.end(), 0.0) / double(ranks.size());
    std::map<size_t, std::pair<double, double>> sums;  // sum and count
    double whole = 0;
    for (size_t i = 0; i < ranks.size(); ++i) {
        sums[levels[i]].first += ranks[i] - mean;
        sums[levels[i]].second += 1;
        whole += (ranks[i] - mean) * (ranks[i] - mean);
    }
    double between = 0;
    for (const auto &[level, sum] : sums)
        between += sum.first * sum.first / sum.second;
    return whole > 0 ? between / whole : 0;
}

bool beatsChance(std::vector<double> ranks, const std::vector<size_t> &levels, double share)
{
    int larger = 0;
    for (int shuffle = 0; shuffle < kShuffles; ++shuffle) {
        CountedRandom random(1, quint64(shuffle));
        for (size_t i = ranks.size() - 1; i > 0; --i)
            std::swap(ranks[i], ranks[size_t(random.uniform() * double(i + 1))]);
        larger += explained(ranks, levels) >= share;
    }
    return larger < (1 - kCertain) * kShuffles;
}

}  // namespace

std::vector<Importance> importance(const std::vector<QJsonObject> &settings, const std::vector<double> &losses, const QStringList &keys)
{
    std::vector<Importance> result;
    if (settings.size() < kRunsForImportance || losses.size() != settings.size())
        return result;
    const std::vector<double> ranks = ranksOf(losses);
    for (const QString &key : keys) {
        const std::vector<size_t> levels = levelsOf(settings, key);
        const double share = explained(ranks, levels);
        result.push_back({key, share, beatsChance(ranks, levels, share)});
    }
    std::stable_sort(result.begin(), result.end(), [](const Importance &a, const Importance &b) { return a.share > b.share; });
    return result;
}

}  // namespace athanor::experiment
