#include "core/tensor/eight_bit_rows.h"

namespace athanor::tensor::kernels {

namespace {

// The code of the share nearest to a number from 0 to 1. Within a cell there is at most one middle between two shares.
ATHANOR_INLINE uint8_t nearest(const EightBitMap &map, float share)
{
    constexpr int32_t kShift = 23 - kCellBits;
    constexpr int32_t kFirst = (127 - kBinades) << kCellBits;
    const int32_t cell = (__builtin_bit_cast(int32_t, share) >> kShift) - kFirst;
    if (cell < 0)
        return 0;
    const uint8_t low = map.lower[cell < kCells ? cell : kCells - 1];
    return uint8_t(low + (share > map.middles[low] ? 1 : 0));
}

// A scale that can be divided by: one over a number below the least normal one may be beyond all floats.
ATHANOR_INLINE float scaleOf(float largest) { return largest > 0 ? (largest < kLeastScale ? kLeastScale : largest) : 0.0f; }

ATHANOR_INLINE float inverseOf(float scale) { return scale > 0 ? 1.0f / scale : 0.0f; }

template <typename W, typename G>
ATHANOR_INLINE void adamW8Block(W *weight, float *master, uint8_t *first, float &firstScale, uint8_t *second,
                                float &secondScale, const G *gradient, int64_t count, const AdamWNumbers &n,
                                const EightBitMap &signedMap, const EightBitMap &unsignedMap)
{
    float means[kEightBitBlock], squares[kEightBitBlock];
    for (int64_t i = 0; i < count; ++i) {
        const float share = signedMap.shares[first[i] & 127];
        means[i] = (first[i] & 128 ? -share : share) * firstScale;
        squares[i] = unsignedMap.shares[second[i]] * secondScale;
    }
    float largestMean = 0, largestSquare = 0;
#pragma omp simd reduction(max : largestMean, largestSquare)
    for (int64_t i = 0; i < count; ++i) {
        const float g = toFloat(gradient[i]) * n.gradientScale;
        const float m = n.beta1 * means[i] + (1.0f - n.beta1) * g;
        const float v = n.beta2 * squares[i] + (1.0f - n.beta2) * g * g;
        means[i] = m;
        squares[i] = v;
        const float w = master[i] * n.keep - n.rate * m / (__builtin_sqrtf(v) * n.rootCorrection + n.epsilon);
        master[i] = w;
        weight[i] = fromFloat<W>(w);
        const float size = m < 0 ? -m : m;
        largestMean = size > largestMean ? size : largestMean;
        largestSquare = v > largestSquare ? v : largestSquare;
    }
    firstScale = scaleOf(largestMean);
    secondScale = scaleOf(largestSquare);
    const float meanInverse = inverseOf(firstScale), squareInverse = inverseOf(secondScale);
    for (int64_t i = 0; i < count; ++i) {
        const float size = means[i] < 0 ? -means[i] : means[i];
        first[i] = uint8_t(nearest(signedMap, size * meanInverse) | (means[i] < 0 ? 128 : 0));
        // A square that is not zero stays so: divided by nothing, its weight would leap.
        const uint8_t code = nearest(unsignedMap, squares[i] * squareInverse);
        second[i] = code == 0 && squares[i] > 0 ? uint8_t(1) : code;
    }
}

template <typename W, typename G>
ATHANOR_INLINE void adamW8Body(W *weight, float *master, uint8_t *first, float *firstScales, uint8_t *second,
                               float *secondScales, const G *gradient, int64_t count, const AdamWNumbers n,
                               const EightBitMap &signedMap, const EightBitMap &unsignedMap)
{
    for (int64_t begin = 0; begin < count; begin += kEightBitBlock) {
        const int64_t size = count - begin < kEightBitBlock ? count - begin : kEightBitBlock;
        adamW8Block(weight + begin, master + begin, first + begin, firstScales[begin / kEightBitBlock], second + begin,
                    secondScales[begin / kEightBitBlock], gradient + begin, size, n, signedMap, unsignedMap);
    }
}

}  // namespace

#define ATHANOR_ADAMW8(W, G)                                                                                           \
    ATHANOR_CLONES void adamW8(W *weight, float *master, uint8_t *first, float *firstScales, uint8_t *second,          \
                               float *secondScales, const G *gradient, int64_t count, AdamWNumbers numbers,            \
                               const EightBitMap &signedMap, const EightBitMap &unsignedMap)                           \
    {                                                                                                                  \
        adamW8Body(weight, master, first, firstScales, second, secondScales, gradient, count, numbers, signedMap,      \
                   unsignedMap);                                                                                       \
    }
ATHANOR_ADAMW8(float, float)
ATHANOR_ADAMW8(float, Bf16)
ATHANOR_ADAMW8(Bf16, float)
ATHANOR_ADAMW8(Bf16, Bf16)
#undef ATHANOR_ADAMW8

}  // namespace athanor::tensor::kernels
