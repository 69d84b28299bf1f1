// Byte-pair encoding (Sennrich et al. 2016) with the merge order of SentencePiece: the neighbours whose joint piece
// has the highest score are joined first, the leftmost on a tie. Same ids as the library's. Words met before come
// from a small cache of each thread. Thread: const after construction, safe from many threads.
#pragma once

#include "core/tokenizer/lexicon.h"
#include "core/tokenizer/piece_trie.h"

#include <unordered_map>

namespace athanor::tokenizer {

class BpeEncoder final : public Encoder {
public:
    explicit BpeEncoder(std::shared_ptr<const Lexicon> lexicon);
    void encode(const char *begin, const char *end, std::vector<TokenId> &out) const override;

private:
    using Symbol = std::int32_t;  // a piece's id; above all ids: a character that is no piece; -1: in no piece at all
    struct Node {
        const char *begin;
        std::uint32_t length;
        Symbol symbol;
        bool isFrozen;  // user-defined: never joined
        std::int32_t previous;
        std::int32_t next;
    };
    struct Scratch;

    void addCharacters();
    void addPairs();
    Symbol symbolOf(const QByteArray &text) const;
    Symbol characterSymbol(const char *at, std::size_t length) const;
    Symbol joined(Symbol left, Symbol right) const;
    Symbol joined(const Node &left, const Node &right) const;
    void split(const char *begin, const char *end, std::vector<Node> &nodes) const;
    void mergeShort(std::vector<Node> &nodes) const;
    void mergeLong(Scratch &scratch) const;
    void emit(const Node &node, std::vector<TokenId> &out) const;
    void emitUnused(const Node &node, Scratch &scratch, std::vector<TokenId> &out) const;
    void encodePart(const char *begin, const char *end, std::vector<TokenId> &out) const;
    void insertPair(std::uint64_t key, Symbol value);

    std::shared_ptr<const Lexicon> m_lexicon;
    JoinTable m_joins;
    PieceTrie m_userDefined;
    std::unordered_map<QByteArrayView, Symbol> m_symbols;            // texts of matched pieces and single characters
    std::vector<QByteArray> m_extraCharacters;                       // characters inside pieces that are no piece
    std::array<Symbol, 128> m_asciiSymbols{};
    std::unordered_map<std::uint32_t, Symbol> m_characterSymbols;    // by code point
    std::vector<TokenId> m_tokens;                                   // by symbol; -1: falls back to bytes
    std::vector<std::pair<std::uint64_t, Symbol>> m_pairs;           // open addressing; key 0 is free
    std::size_t m_pairMask = 0;
    std::uint32_t m_serial = 0;                                      // tells tokenizers apart in the threads' caches
};

}  // namespace athanor::tokenizer
