#include "core/tokenizer/word_cache.h"

#include <atomic>

namespace athanor::tokenizer {

namespace {
constexpr std::size_t kCacheSlots = 1 << 15;
}

std::uint32_t nextCacheSerial()
{
    static std::atomic<std::uint32_t> serials{0};
    return ++serials;
}

CachedWord &cacheSlot(std::uint64_t hash)
{
    thread_local std::vector<CachedWord> cache(kCacheSlots);
    return cache[hash & (kCacheSlots - 1)];
}

}  // namespace athanor::tokenizer
