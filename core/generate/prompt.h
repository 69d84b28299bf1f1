// From what a person asks to what a model reads. Role: prompt or chat to ids, as the model's manners say.
// Thread: pure.
#pragma once

#include "core/generate/generator.h"

namespace athanor::generate {

struct ReadyPrompt {
    std::vector<int64_t> ids;         // that the answer continues; never empty
    std::vector<int64_t> encoderIds;  // of a model with an encoder
    qint64 droppedMessages = 0;       // the oldest ones of a chat, for which there was no room
};

/// A chat that leaves no room for an answer in `context` tokens loses its oldest exchanges, whole, but never what stands
/// before the first question (the system prompt) nor the last message.
/// Errors: InvalidInput (messages for a model without a template, a template that refuses), those of the template.
Result<ReadyPrompt> readyPrompt(const GenerationRequest &request, const Manners &manners,
                                const tokenizer::Tokenizer &tokenizer, int64_t context);

}  // namespace athanor::generate
