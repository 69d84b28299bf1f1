// Whether two models answer alike. Role: the measurements of the export gate: scores on fixed texts, a greedy
// continuation, perplexity; taken of one model at a time, so that only one is in memory. Letters: T time, V vocabulary,
// K classes. Cost: one pass over kMostTokens tokens and kGreedyTokens steps. Thread: one.
#pragma once

#include "core/base/progress.h"
#include "core/generate/checkpoint_model.h"
#include "core/generate/manners.h"

#include <vector>

namespace athanor::score {

inline constexpr int kMostTexts = 4;
inline constexpr int kTokensOfText = 128;
inline constexpr int kGreedyTokens = 32;

/// What one model said.
struct ATHANOR_EXPORT Measurement {
    std::vector<torch::Tensor> scores;     // of each text: (T, V) f32; of a head for labels or pairs of texts (K)
    std::vector<int64_t> greedy;           // a continuation of the first text's beginning; the highest places otherwise
    bool sortsTexts = false;               // a model with labels: `greedy` holds the label of each text
    std::vector<std::vector<int64_t>> ids; // of each text, as the tokenizer gave them
    double negativeLogLikelihood = 0;      // nats, over `counted` tokens
    qint64 counted = 0;                    // 0: the model gives no perplexity
    double perplexity() const;
};

/// Of two measurements of the same texts. Infinity where shapes differ or a score is no number.
struct Difference {
    double largestScore = 0;  // max |a − b| over all scores
    qint64 greedyTokens = 0;
    qint64 greedyAgree = 0;   // before the first that differs
    bool sameIds = true;      // the tokenizers agree
    bool sortsTexts = false;  // the greedy tokens are labels, one of each text
    double perplexityRatio = 1;
};

/// `texts`: at most kMostTexts are used, of each at most kTokensOfText tokens (less where the context is shorter).
/// InvalidInput when no text has two tokens; Cancelled; those of the model.
ATHANOR_EXPORT Result<Measurement> measure(network::Model &model, const tokenizer::Tokenizer &tokenizer,
                                           const generate::Manners &manners, const QList<QByteArray> &texts,
                                           const CancelToken &cancel);
ATHANOR_EXPORT Difference differenceOf(const Measurement &a, const Measurement &b);

/// Texts for a model of which no held-out text is known: prose, code, a list, other scripts.
ATHANOR_EXPORT QList<QByteArray> builtInTexts();

}  // namespace athanor::score
