// The post-processors of a tokenizer.json: what stands before and after a text on its own. Thread: values.
#pragma once

#include "core/tokenizer/json_model.h"

namespace athanor::tokenizer {

struct Surroundings {
    std::vector<TokenId> prefix;
    std::vector<TokenId> suffix;
};

/// Errors: Corrupt for ids beyond the vocabulary, Unsupported with the name of what is unknown.
Result<Surroundings> readPostProcessor(const QJsonValue &json, const Vocabulary &vocabulary);

}  // namespace athanor::tokenizer
