#include "core/tensor/parts_rows.h"

#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__) && defined(__linux__)
// GCC 12 takes the undefined registers of its own header for mistakes.
#pragma GCC diagnostic ignored "-Wuninitialized"
#pragma GCC diagnostic ignored "-Wmaybe-uninitialized"
#include <immintrin.h>

#include <algorithm>

namespace athanor::tensor::kernels {

namespace {

#define ATHANOR_WIDE __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq")))
#define ATHANOR_UNIT __attribute__((target("avx512f,avx512bw,avx512vl,avx512dq,amx-tile,amx-bf16")))
#define ATHANOR_ALWAYS inline __attribute__((always_inline))

constexpr int kLines = 16, kParts = 3;                          // of a tile
constexpr int64_t kTileWords = 256, kPartWords = 2 * kTileWords;  // two tiles beside each other

// to[j · 16 + i] = from[i][j].
ATHANOR_WIDE ATHANOR_ALWAYS void transposeTile(const __m512i *from, uint32_t *to)
{
    __m512i two[kLines], four[kLines];
    for (int i = 0; i < 8; ++i) {
        two[2 * i] = _mm512_unpacklo_epi32(from[2 * i], from[2 * i + 1]);
        two[2 * i + 1] = _mm512_unpackhi_epi32(from[2 * i], from[2 * i + 1]);
    }
    for (int i = 0; i < 4; ++i)
        for (int j = 0; j < 2; ++j) {
            four[4 * i + 2 * j] = _mm512_unpacklo_epi64(two[4 * i + j], two[4 * i + 2 + j]);
            four[4 * i + 2 * j + 1] = _mm512_unpackhi_epi64(two[4 * i + j], two[4 * i + 2 + j]);
        }
    for (int j = 0; j < 4; ++j) {  // four[4 · i + j]: lines 4 i to 4 i + 3 of the columns j, j + 4, j + 8, j + 12
        const __m512i upperEven = _mm512_shuffle_i32x4(four[j], four[4 + j], 0x88);
        const __m512i upperOdd = _mm512_shuffle_i32x4(four[j], four[4 + j], 0xDD);
        const __m512i lowerEven = _mm512_shuffle_i32x4(four[8 + j], four[12 + j], 0x88);
        const __m512i lowerOdd = _mm512_shuffle_i32x4(four[8 + j], four[12 + j], 0xDD);
        _mm512_store_si512(to + kLines * j, _mm512_shuffle_i32x4(upperEven, lowerEven, 0x88));
        _mm512_store_si512(to + kLines * (j + 4), _mm512_shuffle_i32x4(upperOdd, lowerOdd, 0x88));
        _mm512_store_si512(to + kLines * (j + 8), _mm512_shuffle_i32x4(upperEven, lowerEven, 0xDD));
        _mm512_store_si512(to + kLines * (j + 12), _mm512_shuffle_i32x4(upperOdd, lowerOdd, 0xDD));
    }
}

// Sixteen floats as three parts in the upper halves of words. Halves are rounded up, which a later part makes good.
ATHANOR_WIDE ATHANOR_ALWAYS void partsOf(__m512 x, __m512i *parts)
{
    const __m512i half = _mm512_set1_epi32(0x8000), upper = _mm512_set1_epi32(int(0xFFFF0000));
    for (int part = 0; part < 2; ++part) {
        parts[part] = _mm512_and_si512(_mm512_add_epi32(_mm512_castps_si512(x), half), upper);
        x = _mm512_sub_ps(x, _mm512_castsi512_ps(parts[part]));
    }
    parts[2] = _mm512_castps_si512(x);  // eight bits at most are left
}

// Where the numbers of a tile stand: line i has sixteen at first + i · stride, for the low halves of words, and sixteen at
// second + i · stride for the high ones, as far as they are there.
struct Lines {
    const float *first, *second;
    int64_t stride;
    int firstCount, secondCount;
    __mmask16 firstLanes, secondLanes;
};

template <bool Transposes> ATHANOR_WIDE void splitTile(const Lines &lines, uint32_t *to)
{
    __m512i words[kParts][kLines];
    for (int i = 0; i < kLines; ++i) {
        const __mmask16 low = i < lines.firstCount ? lines.firstLanes : __mmask16(0);
        const __mmask16 high = i < lines.secondCount ? lines.secondLanes : __mmask16(0);
        __m512i first[kParts], second[kParts];
        partsOf(_mm512_maskz_loadu_ps(low, lines.first + i * lines.stride), first);
        partsOf(_mm512_maskz_loadu_ps(high, lines.second + i * lines.stride), second);
        for (int part = 0; part < kParts; ++part) {
            const __m512i word = _mm512_mask_blend_epi16(0xAAAAAAAA, _mm512_srli_epi32(first[part], 16), second[part]);
            if constexpr (Transposes)
                words[part][i] = word;
            else
                _mm512_store_si512(to + part * kPartWords + kLines * i, word);
        }
    }
    if constexpr (Transposes)
        for (int part = 0; part < kParts; ++part)
            transposeTile(words[part], to + part * kPartWords);
}

__mmask16 lanes(int64_t count) { return __mmask16((1u << std::clamp<int64_t>(count, 0, 16)) - 1u); }
int upTo16(int64_t count) { return int(std::clamp<int64_t>(count, 0, 16)); }

Lines linesOf(const Side &side, int64_t first, int64_t begin)
{
    const int64_t left = side.count - first, deep = side.depth - begin;
    if (side.depthIsInner) {
        const float *at = side.values + first * side.stride + begin;
        return {at, at + 16, side.stride, upTo16(left), upTo16(left), lanes(deep), lanes(deep - 16)};
    }
    const float *at = side.values + begin * side.stride + first;
    return {at, at + 16 * side.stride, side.stride, upTo16(deep), upTo16(deep - 16), lanes(left), lanes(left)};
}

// The parts named, of both tiles of a side, into the unit's tiles for it.
ATHANOR_UNIT ATHANOR_ALWAYS void loadLeft(const uint32_t *block, int part)
{
    _tile_loadd(4, block + part * kPartWords, 64);
    _tile_loadd(5, block + part * kPartWords + kTileWords, 64);
}
ATHANOR_UNIT ATHANOR_ALWAYS void loadRight(const uint32_t *block, int part)
{
    _tile_loadd(6, block + part * kPartWords, 64);
    _tile_loadd(7, block + part * kPartWords + kTileWords, 64);
}
// Adds the product of what is loaded; meanwhile a sixth of both next blocks comes nearer.
ATHANOR_UNIT ATHANOR_ALWAYS void multiplyLoaded(const uint32_t *nextLeft, const uint32_t *nextRight, int sixth)
{
    _tile_dpbf16ps(0, 4, 6);
    _tile_dpbf16ps(1, 4, 7);
    _tile_dpbf16ps(2, 5, 6);
    _tile_dpbf16ps(3, 5, 7);
    for (int64_t word = sixth * kTileWords; word < (sixth + 1) * kTileWords; word += 16) {
        _mm_prefetch(reinterpret_cast<const char *>(nextLeft + word), _MM_HINT_T0);
        _mm_prefetch(reinterpret_cast<const char *>(nextRight + word), _MM_HINT_T0);
    }
}

}  // namespace

void splitPanel(const Side &side, int64_t first, int64_t begin, int64_t depth, uint32_t *to)
{
    const bool transposes = side.depthIsInner == side.isRight;
    for (int64_t at = 0; at < depth; at += kPanelDepth, to += kBlockWords)
        for (int tile = 0; tile < 2; ++tile) {
            const Lines lines = linesOf(side, first + tile * 16, begin + at);
            if (transposes)
                splitTile<true>(lines, to + tile * kTileWords);
            else
                splitTile<false>(lines, to + tile * kTileWords);
        }
}

ATHANOR_UNIT void partsProduct(const uint32_t *left, const uint32_t *right, int64_t blocks, float *block)
{
    constexpr int64_t kRowBytes = kPanel * sizeof(float);
    _tile_zero(0);
    _tile_zero(1);
    _tile_zero(2);
    _tile_zero(3);
    for (int64_t i = 0; i < blocks; ++i, left += kBlockWords, right += kBlockWords) {
        const uint32_t *nextLeft = left + kBlockWords, *nextRight = right + kBlockWords;
        loadLeft(left, 0);  // the small ones first; each step changes one side only
        loadRight(right, 2);
        multiplyLoaded(nextLeft, nextRight, 0);
        loadRight(right, 1);
        multiplyLoaded(nextLeft, nextRight, 1);
        loadLeft(left, 1);
        multiplyLoaded(nextLeft, nextRight, 2);
        loadRight(right, 0);
        multiplyLoaded(nextLeft, nextRight, 3);
        loadLeft(left, 2);
        multiplyLoaded(nextLeft, nextRight, 4);
        loadLeft(left, 0);
        multiplyLoaded(nextLeft, nextRight, 5);
    }
    _tile_stored(0, block, kRowBytes);
    _tile_stored(1, block + 16, kRowBytes);
    _tile_stored(2, block + 16 * kPanel, kRowBytes);
    _tile_stored(3, block + 16 * kPanel + 16, kRowBytes);
}

ATHANOR_WIDE void placeBlock(const float *block, float *c, int64_t stride, int64_t rows, int64_t columns, Placing placing)
{
    for (int64_t r = 0; r < rows; ++r)
        for (int64_t j = 0; j < columns; j += 16) {
            const __m512 values = _mm512_load_ps(block + r * kPanel + j);
            float *to = c + r * stride + j;
            const __mmask16 there = lanes(columns - j);
            if (placing == Placing::Stream && there == 0xFFFF)
                _mm512_stream_ps(to, values);
            else if (placing == Placing::Add)
                _mm512_mask_storeu_ps(to, there, _mm512_add_ps(values, _mm512_maskz_loadu_ps(there, to)));
            else
                _mm512_mask_storeu_ps(to, there, values);
        }
}

void endOfStream() { _mm_sfence(); }

}  // namespace athanor::tensor::kernels

#else

namespace athanor::tensor::kernels {

// Never called: there is no unit.
void splitPanel(const Side &, int64_t, int64_t, int64_t, uint32_t *) {}
void partsProduct(const uint32_t *, const uint32_t *, int64_t, float *) {}
void placeBlock(const float *, float *, int64_t, int64_t, int64_t, Placing) {}
void endOfStream() {}

}  // namespace athanor::tensor::kernels

#endif
