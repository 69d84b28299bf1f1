// Inside core/generate: one text while it is written: its ids, its choices, what can be shown of it and why it ended.
// Thread: each object for one thread.
#pragma once

#include "core/generate/chooser.h"
#include "core/generate/generator.h"
#include "core/generate/utf8_pieces.h"

#include <QElapsedTimer>

namespace athanor::generate {

class Answer {
public:
    Answer(const GenerationRequest &request, std::vector<int64_t> prompt, const Manners &manners,
           const tokenizer::Tokenizer &tokenizer, const Sampler &sampler, int64_t vocabulary);

    /// Prompt and answer.
    const std::vector<int64_t> &ids() const { return m_ids; }
    bool isDone() const { return !m_result.stoppedBecause.isEmpty(); }
    /// Chooses the next token by the scores (V) behind the last id.
    Status take(const float *scores, const TokenCallback &onToken);
    void end(const char *because);
    void setReused(int64_t count) { m_result.reusedTokens = count; }
    GenerationResult result();

private:
    TokenReport report(int64_t id) const;

    const GenerationRequest *m_request;
    const Manners *m_manners;
    const tokenizer::Tokenizer *m_tokenizer;
    Chooser m_chooser;
    int64_t m_vocabulary;
    Utf8Pieces m_pieces;
    std::vector<int64_t> m_ids;
    GenerationResult m_result;
    QElapsedTimer m_timer;
};

/// The `count` likeliest, descending; of equals the smaller id.
std::vector<Alternative> likeliest(std::span<const float> probabilities, size_t count,
                                   const tokenizer::Tokenizer &tokenizer);

}  // namespace athanor::generate
