// What a vocabulary looks like, and how well it covers text: for the tokenizer's page, its job's result and the
// command line. Thread: pure functions.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QJsonObject>
#include <QList>

namespace athanor::tokenizer {

/// A single byte of text that has no piece: "<0x0A>".
ATHANOR_EXPORT bool isByteToken(const Tokenizer &tokenizer, TokenId id);

struct TokenizerStatistics {
    qint32 vocabulary = 0;
    qint32 byteTokens = 0;          // that stand for one byte of anything
    qint32 controlTokens = 0;       // that stand for no text
    qint32 textTokens = 0;
    QList<qint32> lengthHistogram;  // of text tokens: [n] of n bytes; the last counts all longer ones
    QList<TokenId> longest;         // text tokens, longest first
    double meanBytes = 0;           // of text tokens
};
ATHANOR_EXPORT TokenizerStatistics statistics(const Tokenizer &tokenizer, int longestCount = 20, int histogramSize = 33);

/// How text came out.
struct Coverage {
    qint64 documents = 0;
    qint64 bytes = 0;
    qint64 tokens = 0;
    qint64 byteTokens = 0;
    double bytesPerToken() const { return tokens > 0 ? static_cast<double>(bytes) / static_cast<double>(tokens) : 0; }
    double fallbackShare() const { return tokens > 0 ? static_cast<double>(byteTokens) / static_cast<double>(tokens) : 0; }
};
ATHANOR_EXPORT Coverage coverage(const Tokenizer &tokenizer, QByteArrayView text);
ATHANOR_EXPORT Coverage &operator+=(Coverage &sum, const Coverage &more);

/// First byte at which decode(encode(text)) differs from `text`; -1 when they are the same.
ATHANOR_EXPORT qint64 firstDifference(const Tokenizer &tokenizer, QByteArrayView text);

ATHANOR_EXPORT QJsonObject toJson(const Tokenizer &tokenizer, const TokenizerStatistics &statistics);

}  // namespace athanor::tokenizer
