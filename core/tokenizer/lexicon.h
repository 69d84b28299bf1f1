// The pieces of a model as the encoders use them. Inside, a space is the byte 0x20 (in the file it is U+2581), so text
// need not be rewritten before it is encoded. Also here: which neighbouring characters stand together in any piece.
// Where they do not, text can be cut and each part encoded alone with the same result. Thread: const after build.
#pragma once

#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/tokenizer.h"

#include <array>
#include <bitset>
#include <unordered_set>

namespace athanor::tokenizer {

struct Lexicon {
    struct Entry {
        QByteArray text;             // with 0x20 for a space
        float score = 0;
        PieceType type = PieceType::Normal;
        bool isMatched = false;      // can be found in text
        qsizetype fileBytes = 0;     // length with U+2581 for a space
    };
    std::vector<Entry> entries;
    std::array<TokenId, 256> byteIds{};
    TokenId unknownId = 0;
    bool byteFallback = false;
    bool hasUnused = false;
    bool isLossless = false;

    static Lexicon build(const SentencePieceModel &model, bool isLossless);
    /// Appends what stands for a character that no piece covers.
    void appendUnknown(const char *begin, std::size_t length, std::vector<TokenId> &out) const;
};

class JoinTable {
public:
    JoinTable() = default;
    explicit JoinTable(const Lexicon &lexicon);
    /// The neighbouring characters of a piece stand together.
    void add(QByteArrayView piece);
    bool joins(std::uint32_t left, std::uint32_t right) const
    {
        if ((left | right) < 128)
            return m_ascii[left * 128 + right];
        return m_others.contains(static_cast<std::uint64_t>(left) << 32 | right);
    }
    /// End of the part that begins at `begin`: nothing that encodes text crosses it. At most `limit` bytes or so.
    const char *partEnd(const char *begin, const char *end, std::size_t limit) const;

private:
    std::bitset<128 * 128> m_ascii;
    std::unordered_set<std::uint64_t> m_others;
};

/// Text, normalised, to ids.
class Encoder {
public:
    virtual ~Encoder() = default;
    virtual void encode(const char *begin, const char *end, std::vector<TokenId> &out) const = 0;
};

}  // namespace athanor::tokenizer
