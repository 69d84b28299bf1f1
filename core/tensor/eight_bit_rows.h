// Inside core/tensor: an optimizer's moments in eight bits each. Numbers of a block are shares of the block's largest;
// a code names one of the shares that the map has, close together near zero (dynamic quantisation).
// Source: Dettmers et al. 2022, sections 2.1 and 2.2.
#pragma once

#include "core/tensor/optimize_rows.h"

namespace athanor::tensor::kernels {

constexpr int64_t kEightBitBlock = 256;
constexpr float kLeastScale = 0x1p-126f;  // of a block that is not all zero: the least normal number
constexpr int kCellBits = 8;              // of the mantissa, that a cell of the search is known by
constexpr int kBinades = 28;              // below 1 that cells reach down to; smaller shares are nearest to the lowest code
constexpr int kCells = kBinades << kCellBits;

/// The shares of one map, ascending from 0 to 1, and for each range of floats where to look for the nearest.
struct EightBitMap {
    float shares[256];
    float middles[256];   // between a share and the next; of the last: beyond all
    uint8_t lower[kCells];  // the code of the nearest share for the least number of a cell
    int codes = 256;        // 128 where a sign takes the eighth bit
};

/// One AdamW step of whole blocks (the last may be shorter). Codes of the mean: sign, then share; of the square: share.
#define ATHANOR_ADAMW8(W, G)                                                                                           \
    void adamW8(W *weight, float *master, uint8_t *first, float *firstScales, uint8_t *second, float *secondScales,    \
                const G *gradient, int64_t count, AdamWNumbers numbers, const EightBitMap &signedMap,                  \
                const EightBitMap &unsignedMap);
ATHANOR_ADAMW8(float, float)
ATHANOR_ADAMW8(float, Bf16)
ATHANOR_ADAMW8(Bf16, float)
ATHANOR_ADAMW8(Bf16, Bf16)
#undef ATHANOR_ADAMW8

}  // namespace athanor::tensor::kernels
