// The unigram language model (Kudo 2018): of all ways to cut text into pieces, the one with the highest sum of scores,
// by Viterbi's algorithm. Sums are carried on over the whole text in the library's order and types, so that ties and
// rounding fall as they do there: same ids. Thread: const after construction, safe from many threads.
#pragma once

#include "core/tokenizer/lexicon.h"
#include "core/tokenizer/piece_trie.h"

namespace athanor::tokenizer {

class UnigramEncoder final : public Encoder {
public:
    explicit UnigramEncoder(std::shared_ptr<const Lexicon> lexicon);
    void encode(const char *begin, const char *end, std::vector<TokenId> &out) const override;

private:
    struct Node {  // the best way to reach a position
        TokenId id = -1;
        float score = 0;
        std::int32_t start = -1;
    };
    float search(const char *begin, const char *end, float score, std::vector<Node> &nodes) const;
    void emit(const char *begin, const std::vector<Node> &nodes, std::vector<TokenId> &out) const;

    std::shared_ptr<const Lexicon> m_lexicon;
    JoinTable m_joins;
    PieceTrie m_trie;
    float m_smallestScore = 0;
    float m_largestScore = 0;
};

}  // namespace athanor::tokenizer
