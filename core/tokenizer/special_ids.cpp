// See special_ids.h.
#include "core/tokenizer/special_ids.h"

namespace athanor::tokenizer {
namespace {

constexpr int kMostSentinels = 256;

int64_t firstOf(const Tokenizer &tokenizer, std::initializer_list<const char *> names)
{
    for (const char *name : names) {
        if (const TokenId id = tokenizer.tokenId(name); id >= 0)
            return id;
    }
    return -1;
}

}  // namespace

SpecialIds specialIds(const Tokenizer &tokenizer, int64_t modelVocabulary)
{
    SpecialIds ids;
    ids.end = tokenizer.endOfDocument();
    ids.begin = firstOf(tokenizer, {"[CLS]", "<s>"});
    ids.separator = firstOf(tokenizer, {"[SEP]", "</s>"});
    ids.mask = firstOf(tokenizer, {"[MASK]", "<mask>"});
    ids.padding = firstOf(tokenizer, {"[PAD]", "<pad>"});
    for (int i = 0; i < kMostSentinels; ++i) {
        const TokenId id = tokenizer.tokenId(QByteArray("<extra_id_" + QByteArray::number(i) + ">"));
        if (id < 0)
            break;
        ids.sentinels.push_back(id);
    }
    int64_t next = tokenizer.vocabularySize();
    for (int64_t *id : {&ids.mask, &ids.padding, &ids.begin, &ids.separator}) {
        if (*id < 0 && next < modelVocabulary)
            *id = next++;
    }
    while (ids.sentinels.size() < kMostSentinels && tokenizer.tokenId("<extra_id_0>") < 0 && next < modelVocabulary)
        ids.sentinels.push_back(next++);
    ids.decoderStart = ids.begin >= 0 && ids.sentinels.empty() ? ids.begin : ids.padding >= 0 ? ids.padding : ids.end;
    return ids;
}

}  // namespace athanor::tokenizer
