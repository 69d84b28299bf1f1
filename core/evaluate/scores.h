// Perplexity, bits per byte and bits per character from one sum. Thread: values and pure functions.
#pragma once

#include "core/base/export.h"

#include <QByteArrayView>
#include <QJsonObject>

namespace athanor::evaluate {

/// What a model's pass over a text adds up to. Sums of two texts are the sums of their members.
struct LikelihoodSum {
    double negativeLogLikelihood = 0;  // nats, over all predicted tokens, ends of documents included
    qint64 tokens = 0;                 // predicted tokens, ends of documents included
    qint64 bytes = 0;                  // raw UTF-8 bytes of the text
    qint64 characters = 0;             // Unicode code points of the text
    qint64 documents = 0;

    ATHANOR_EXPORT LikelihoodSum &operator+=(const LikelihoodSum &other);
};

struct Scores {
    double loss = 0;              // nats per token
    double perplexity = 0;        // exp(loss)
    double bitsPerByte = 0;       // total bits / bytes
    double bitsPerCharacter = 0;  // total bits / code points
};

/// NaN where there is nothing to divide by. Cost O(1). Source: Shannon 1948 (bits); Jelinek 1977 (perplexity).
ATHANOR_EXPORT Scores scoresOf(const LikelihoodSum &sum);
/// loss (nats per token) to bits per byte, for a text with `tokensPerByte`.
ATHANOR_EXPORT double bitsPerByteFromLoss(double lossPerToken, double tokensPerByte);
/// Code points of UTF-8: bytes that are not continuations.
ATHANOR_EXPORT qint64 countCodePoints(QByteArrayView utf8);

/// {"loss","perplexity","bitsPerByte","bitsPerCharacter","bytes","characters","tokens","documents"}; NaN and
/// infinities become null.
ATHANOR_EXPORT QJsonObject toJson(const LikelihoodSum &sum, const Scores &scores);

}  // namespace athanor::evaluate
