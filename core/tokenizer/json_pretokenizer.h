// The pre-tokenizers of a tokenizer.json: text cut into words, none of which a token crosses. Pieces are ranges of one
// buffer, so that no word costs an allocation. Thread: const after construction, safe from many threads.
#pragma once

#include "core/tokenizer/text_pattern.h"

#include <QJsonValue>

namespace athanor::tokenizer {

/// Text and the pieces that it is cut into; `text` is `owned` once a step has rewritten it.
struct PreTokens {
    QByteArrayView text;
    QByteArray owned;
    std::vector<TextSpan> pieces;
    bool isStart = true;  // the first piece begins the whole text
};

class PreTokenizerStep {
public:
    virtual ~PreTokenizerStep() = default;
    virtual void apply(PreTokens &tokens) const = 0;
};

class JsonPreTokenizer {
public:
    /// Errors: Corrupt, Unsupported with the name of what is unknown.
    static Result<JsonPreTokenizer> create(const QJsonValue &json);
    /// One piece, which is the whole text, becomes many.
    void apply(PreTokens &tokens) const
    {
        for (const auto &step : m_steps)
            step->apply(tokens);
    }
    bool isByteLevel() const { return m_isByteLevel; }  // words are bytes, written in the 256 letters of GPT-2
    bool addsSpace() const { return m_addsSpace; }
    bool cuts() const { return !m_steps.empty(); }
    bool keepsText() const { return m_keepsText; }  // nothing is dropped or rewritten

private:
    std::vector<std::shared_ptr<const PreTokenizerStep>> m_steps;
    bool m_isByteLevel = false;
    bool m_addsSpace = false;
    bool m_keepsText = true;
};

}  // namespace athanor::tokenizer
