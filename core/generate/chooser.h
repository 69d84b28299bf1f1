// From a model's scores to the next token. Role: the penalty for repeating, the distribution, the sampler and its
// chance, for one text. Letters: V vocabulary. Thread: each object for one thread.
#pragma once

#include "core/generate/sampler.h"

#include <vector>

namespace athanor::generate {

/// What choosing needs to know of a request.
struct ChoiceSettings {
    SamplingSettings sampling;
    quint64 seed = 1;
    int64_t vocabulary = 0;  // ids that may be chosen: 0 … vocabulary − 1
};

class ATHANOR_EXPORT Chooser {
public:
    Chooser(const Sampler &sampler, ChoiceSettings settings);
    /// A token of the text, of the prompt or chosen.
    void note(int64_t id);
    /// `scores` of at least `vocabulary` ids. The same seed and `step` make the same choice. Diverged where a score is
    /// no number.
    Result<int64_t> choose(std::span<const float> scores, uint64_t step);
    /// The model's own distribution at the last choice (temperature 1, no penalty).
    std::span<const float> probabilities() const { return m_probabilities; }

private:
    Status distribute(std::span<const float> scores, std::vector<float> &probabilities) const;
    std::vector<float> penalised(std::span<const float> scores) const;

    const Sampler *m_sampler;
    ChoiceSettings m_settings;
    std::vector<float> m_probabilities;
    std::vector<bool> m_isNoted;
    std::vector<int64_t> m_noted;  // each once
};

}  // namespace athanor::generate
