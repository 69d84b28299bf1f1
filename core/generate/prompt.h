// From what a person asks to what a model reads. Role: prompt or chat to ids, as the model's manners say.
// Thread: pure.
#pragma once

#include "core/generate/generator.h"

namespace athanor::generate {

struct ReadyPrompt {
    std::vector<int64_t> ids;         // that the answer continues; never empty
    std::vector<int64_t> encoderIds;  // of a model with an encoder
};

/// Errors: InvalidInput (messages for a model without a template, a template that refuses), those of the template.
Result<ReadyPrompt> readyPrompt(const GenerationRequest &request, const Manners &manners,
                                const tokenizer::Tokenizer &tokenizer);

}  // namespace athanor::generate
