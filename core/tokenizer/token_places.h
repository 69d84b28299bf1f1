// Where each token stands in the text that was encoded. Role: exact for tokenizers that keep every byte; for those that
// rewrite text (lower case, composed letters, added spaces) tokens are found again from one mark or match to the next.
// Thread: const after construction, safe from many threads.
#pragma once

#include "core/tokenizer/tokenizer.h"

namespace athanor::tokenizer {

class TokenPlaces {
public:
    explicit TokenPlaces(const Tokenizer &tokenizer);
    /// One span a token, ascending. `trusted`: where Tokenizer::encodeTemplate() was allowed to find control tokens.
    std::vector<TextSpan> find(QByteArrayView text, const std::vector<TokenId> &ids, const std::vector<TextSpan> &trusted) const;
    bool isControl(TokenId id) const { return m_tokens[static_cast<size_t>(id)].isControl; }

private:
    struct Token {
        QByteArray bytes;  // as it stands in text; of a control token its name
        bool isControl = false;
        bool isUnknown = false;
    };
    class Walk;
    std::vector<Token> m_tokens;
};

/// Whether the whole span lies inside one of `spans` (ascending, without overlaps).
bool liesWithin(const std::vector<TextSpan> &spans, TextSpan span);
/// Whether the span shares a byte with one of them.
bool touches(const std::vector<TextSpan> &spans, TextSpan span);

}  // namespace athanor::tokenizer
