// Ids with a meaning of their own, as objectives teach them and generation uses them: one rule for both. Thread: pure.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <vector>

namespace athanor::tokenizer {

/// −1: there is none.
struct SpecialIds {
    int64_t begin = -1;      // [CLS], <s>
    int64_t separator = -1;  // [SEP], </s>
    int64_t end = -1;        // of a document
    int64_t mask = -1;
    int64_t padding = -1;
    int64_t decoderStart = -1;
    std::vector<int64_t> sentinels;  // <extra_id_0>, <extra_id_1> …
};

/// Ids by the names that tokenizers give them ("[MASK]", "<mask>" …). What is missing gets an id beyond the
/// tokenizer's vocabulary where the model has room there: first the single marks, then sentinels.
ATHANOR_EXPORT SpecialIds specialIds(const Tokenizer &tokenizer, int64_t modelVocabulary);

}  // namespace athanor::tokenizer
