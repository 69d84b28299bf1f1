// See nucleus.h.
#include "plugins/sampler/nucleus/nucleus.h"

#include <algorithm>
#include <cmath>
#include <vector>

namespace athanor::generate {
namespace {

struct Candidate {
    int64_t index = 0;
    double weight = 0;
};

/// Those that can be drawn, with p relative to the largest so that nothing overflows.
std::vector<Candidate> sharesOf(std::span<const float> probabilities, double leastShare)
{
    const double largest = *std::max_element(probabilities.begin(), probabilities.end());
    std::vector<Candidate> candidates;
    for (size_t i = 0; i < probabilities.size(); ++i) {
        const double share = double(probabilities[i]) / largest;
        if (share > 0 && share >= leastShare)
            candidates.push_back({int64_t(i), share});
    }
    return candidates;
}

bool isLikelier(const Candidate &a, const Candidate &b)
{
    return a.weight != b.weight ? a.weight > b.weight : a.index < b.index;
}

double total(const std::vector<Candidate> &candidates)
{
    double sum = 0;
    for (const Candidate &candidate : candidates)
        sum += candidate.weight;
    return sum;
}

/// The fewest likeliest that reach `topP` of the whole; at least one.
void keepNucleus(std::vector<Candidate> &candidates, double topP)
{
    std::sort(candidates.begin(), candidates.end(), isLikelier);
    const double wanted = topP * total(candidates);
    double reached = 0;
    size_t count = 0;
    while (count < candidates.size() && (count == 0 || reached < wanted))
        reached += candidates[count++].weight;
    candidates.resize(count);
}

/// Without top-p nothing depends on what min-p leaves out, so that it need not be weighed at all.
double leastShareOf(const SamplingSettings &settings)
{
    if (settings.minP <= 0 || settings.topP < 1)
        return 0;
    return std::pow(settings.minP, settings.temperature) * (1 - 1e-9);
}

}  // namespace

int64_t chooseNucleus(std::span<const float> probabilities, const SamplingSettings &settings, double uniform)
{
    if (probabilities.empty())
        return 0;
    const auto likeliest = std::max_element(probabilities.begin(), probabilities.end());
    if (settings.temperature <= 0 || !(*likeliest > 0))
        return likeliest - probabilities.begin();
    // The order of weights is that of probabilities, so the k likeliest can be taken before the temperature.
    std::vector<Candidate> candidates = sharesOf(probabilities, leastShareOf(settings));
    if (settings.topK > 0 && size_t(settings.topK) < candidates.size()) {
        std::nth_element(candidates.begin(), candidates.begin() + settings.topK, candidates.end(), isLikelier);
        candidates.resize(size_t(settings.topK));
    }
    if (settings.temperature != 1)
        for (Candidate &candidate : candidates)
            candidate.weight = std::pow(candidate.weight, 1 / settings.temperature);
    if (settings.topP < 1)
        keepNucleus(candidates, settings.topP);
    if (settings.minP > 0)
        std::erase_if(candidates, [&](const Candidate &candidate) { return candidate.weight < settings.minP; });
    double left = uniform * total(candidates);
    for (const Candidate &candidate : candidates) {
        left -= candidate.weight;
        if (left < 0)
            return candidate.index;
    }
    return candidates.back().index;  // rounding only
}

}  // namespace athanor::generate
