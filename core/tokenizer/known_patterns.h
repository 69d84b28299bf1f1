// The regular expressions with which the well-known byte-level tokenizers cut text into words, as hand-written
// matchers: several times as fast as any library. Each covers every character. Thread: pure.
#pragma once

#include <QString>

namespace athanor::tokenizer {

/// The end of the match that begins at `at`; never `at` itself. `at` < `end`.
using PatternStep = const char *(*)(const char *at, const char *end);

/// The matcher of an expression, character by character the same as a known one; null for any other.
PatternStep knownPattern(const QString &expression);

}  // namespace athanor::tokenizer
