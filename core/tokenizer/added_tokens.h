// The added tokens of a tokenizer.json: texts that are one token wherever they stand. Special ones are marks of the
// model, which no text of a person becomes. Thread: const after construction, safe from many threads.
#pragma once

#include "core/tokenizer/json_model.h"
#include "core/tokenizer/piece_trie.h"

#include <QJsonValue>

#include <bitset>
#include <functional>

namespace athanor::tokenizer {

struct AddedToken {
    QByteArray content;
    TokenId id = -1;
    bool isSpecial = false;
    bool isSingleWord = false;
    bool stripsLeft = false;
    bool stripsRight = false;
    bool isNormalized = false;
};

/// Errors: Corrupt for an id that is not what its place says, or doubled. They may extend the vocabulary.
Result<std::vector<AddedToken>> readAddedTokens(const QJsonValue &json, Vocabulary &vocabulary);

/// The texts of the special ones.
QSet<QByteArray> specialTexts(const QJsonValue &json);

/// Finds a set of added tokens in text: the leftmost, and of those the longest.
class AddedTokenFinder {
public:
    struct Match {
        TextSpan span;
        TokenId id;
    };
    /// `texts` are what is searched for, beside each token.
    AddedTokenFinder(std::vector<const AddedToken *> tokens, std::vector<QByteArray> texts);
    AddedTokenFinder() = default;
    bool isEmpty() const { return m_tokens.empty(); }
    /// accepts(token, span of its text) says whether a special token counts there.
    template <typename Accepts> void find(QByteArrayView text, std::vector<Match> &matches, Accepts accepts) const
    {
        qsizetype done = 0;
        for (qsizetype at = next(text, 0); at < text.size();) {
            std::int32_t index = -1;
            const auto length = static_cast<qsizetype>(m_trie.longestPrefix(text.data() + at, text.data() + text.size(), &index));
            if (length == 0) {
                at = next(text, at + 1);
                continue;
            }
            const AddedToken &token = *m_tokens[static_cast<size_t>(index)];
            const bool isAllowed = !token.isSpecial || accepts(TextSpan{at, at + length});
            if (isAllowed && standsAlone(token, text, at, at + length))
                add(token, text, {at, at + length}, done, matches);
            at = next(text, isAllowed ? at + length : at + 1);
        }
    }

private:
    qsizetype next(QByteArrayView text, qsizetype at) const
    {
        while (at < text.size() && !m_firstBytes[static_cast<std::uint8_t>(text[at])])
            ++at;
        return at;
    }
    static bool standsAlone(const AddedToken &token, QByteArrayView text, qsizetype begin, qsizetype end);
    static void add(const AddedToken &token, QByteArrayView text, TextSpan span, qsizetype &done, std::vector<Match> &matches);

    std::vector<const AddedToken *> m_tokens;
    std::vector<QByteArray> m_texts;
    PieceTrie m_trie;
    std::bitset<256> m_firstBytes;
};

}  // namespace athanor::tokenizer
