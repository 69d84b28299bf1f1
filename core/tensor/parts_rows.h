// Inside core/tensor: f32 multiplied by the matrix unit for bf16 (matrix_unit_rows.h). A float is the sum of three bf16, its
// parts, each rounding what the ones before left: 24 bits are three times 8. Of the nine products of parts the six that reach
// 2^-24 of the whole are added up in f32, which is as exact as a product of f32. Numbers that are not finite give sums that are
// not finite, as do those beyond 3.39e38, the largest bf16; parts too small to be normal (of numbers below 2^-110) count as zero.
// Source: Henry, Tang, Heinecke, "Leveraging the bfloat16 Artificial Intelligence Datatype For Higher-Precision Computations", 2019.
// Thread: pure functions; call partsProduct() while holding a MatrixUnit, and any of them only where hasMatrixUnit().
#pragma once

#include "core/tensor/vector.h"

namespace athanor::tensor::kernels {

/// A panel: 32 rows of the left side (or columns of the right one), cut along the inner dimension into blocks of 32.
inline constexpr int64_t kPanel = 32, kPanelDepth = 32;
/// Words of one block of a panel: three parts of two tiles of 256 words. A word holds the numbers d and d + 16 of its block.
inline constexpr int64_t kBlockWords = 3 * 2 * 256;

/// One side of a product. `depthIsInner`: the inner dimension is the one whose numbers stand together.
struct Side {
    const float *values;
    int64_t stride;     // numbers from one line to the next
    bool depthIsInner;
    int64_t count;      // rows of the left side, columns of the right one
    int64_t depth;
    bool isRight;       // its tiles have the inner dimension down, the left side's across
};

// The panel that begins at row (column) `first`, depths [begin, begin + depth), zeros beyond the side's end; `to` is aligned
// to 64 bytes and takes kBlockWords for every 32 of depth.
void splitPanel(const Side &side, int64_t first, int64_t begin, int64_t depth, uint32_t *to);

// block (32, 32) = left panel · right panel over `blocks` blocks of depth; block aligned to 64 bytes.
void partsProduct(const uint32_t *left, const uint32_t *right, int64_t blocks, float *block);

enum class Placing {
    Write,
    Add,
    Stream,  // past the caches; c aligned to 64 bytes, stride a multiple of 16; endOfStream() before others read
};
// The upper left (rows, columns) of a block to c.
void placeBlock(const float *block, float *c, int64_t stride, int64_t rows, int64_t columns, Placing placing);
void endOfStream();

}  // namespace athanor::tensor::kernels
