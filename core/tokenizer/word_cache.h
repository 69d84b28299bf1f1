// Words met before and their ids: a small cache of each thread that all tokenizers share; a slot is overwritten by the
// next word that falls on it. Thread: each its own.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <cstring>

namespace athanor::tokenizer {

/// Tells tokenizers apart in the caches; never 0.
std::uint32_t nextCacheSerial();

inline std::uint64_t mixBits(std::uint64_t value)
{
    value ^= value >> 32;
    value *= 0x9E3779B97F4A7C15ULL;
    return value ^ value >> 29;
}

// Words are short: eight bytes at a time.
inline std::uint64_t hashBytes(const char *begin, std::size_t length)
{
    std::uint64_t hash = length;
    while (length >= 8) {
        std::uint64_t block;
        std::memcpy(&block, begin, 8);
        hash = mixBits(hash ^ block);
        begin += 8;
        length -= 8;
    }
    std::uint64_t rest = 0;
    std::memcpy(&rest, begin, length);
    return mixBits(hash ^ rest);
}

/// One word and its ids, one cache line.
struct CachedWord {
    static constexpr std::size_t kBytes = 28;
    static constexpr std::size_t kTokens = 7;
    std::uint32_t serial = 0;
    std::uint8_t length = 0;
    std::uint8_t count = 0;
    std::uint8_t unused[2] = {0, 0};
    char bytes[kBytes];
    TokenId tokens[kTokens];
};
static_assert(sizeof(CachedWord) == 64);

/// The slot on which a word falls.
CachedWord &cacheSlot(std::uint64_t hash);

/// Appends the ids of the word, from the cache or by encode(begin, end, out).
template <typename Encode>
inline void encodeCached(std::uint32_t serial, const char *begin, const char *end, std::vector<TokenId> &out, Encode encode)
{
    const auto length = static_cast<std::size_t>(end - begin);
    if (length > CachedWord::kBytes) {
        encode(begin, end, out);
        return;
    }
    CachedWord &slot = cacheSlot(hashBytes(begin, length) + serial);
    if (slot.serial == serial && slot.length == length && std::memcmp(slot.bytes, begin, length) == 0) {
        out.insert(out.end(), slot.tokens, slot.tokens + slot.count);
        return;
    }
    const std::size_t before = out.size();
    encode(begin, end, out);
    const std::size_t count = out.size() - before;
    if (count > CachedWord::kTokens)
        return;
    slot.serial = serial;
    slot.length = static_cast<std::uint8_t>(length);
    slot.count = static_cast<std::uint8_t>(count);
    std::memcpy(slot.bytes, begin, length);
    std::copy(out.begin() + static_cast<std::ptrdiff_t>(before), out.end(), slot.tokens);
}

}  // namespace athanor::tokenizer
