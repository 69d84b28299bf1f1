// What a tokenizer does to text before it looks for pieces: replaces characters by the rules in the model
// ("precompiled_charsmap", a darts-clone double array: Kudo and Richardson 2018), drops or adds spaces. In the result
// a space is the byte 0x20 when the model escapes white space, so that plain text needs no work at all.
// Limits: rules of at most 64 MiB. Thread: const after create(), safe from many threads.
#pragma once

#include "core/tokenizer/piece_trie.h"
#include "core/tokenizer/sentencepiece_model.h"

namespace athanor::tokenizer {

enum class InvalidBytes { Keep, Replace };  // kept for byte fallback, or U+FFFD in their place

class Normalizer {
public:
    /// Corrupt when the rules contradict themselves.
    static Result<Normalizer> create(const NormalizerSettings &settings, bool whitespaceAsSuffix,
                                     InvalidBytes invalidBytes, const SentencePieceModel &model);

    /// True when the text needs no change: identity rules, no space added or dropped.
    bool isIdentity() const { return m_isIdentity; }
    QByteArray apply(QByteArrayView text) const;

private:
    Normalizer() = default;
    Status readMap(const QByteArray &map);
    struct Step {
        QByteArrayView replacement;
        std::size_t consumed;
    };
    Step next(const char *begin, const char *end) const;
    std::size_t longestRule(const char *begin, const char *end, std::uint32_t &value) const;
    QByteArrayView ruleText(std::uint32_t value) const;
    void append(QByteArray &out, QByteArrayView piece) const;

    NormalizerSettings m_settings;
    bool m_whitespaceAsSuffix = false;
    InvalidBytes m_invalidBytes = InvalidBytes::Replace;
    bool m_isIdentity = false;
    std::vector<std::uint32_t> m_units;  // the double array
    QByteArray m_replacements;           // texts, each ended by a zero byte
    std::vector<QByteArray> m_userDefined;
    PieceTrie m_userTrie;
};

}  // namespace athanor::tokenizer
