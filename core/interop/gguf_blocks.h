// The number formats of GGUF: plain elements, and blocks of 32 or 256 small whole numbers that share their scales.
// Role: the table of types, from blocks to f32 and from f32 to Q8_0. All arithmetic is in f32, each operation rounded by
// itself, as in the format's Python package, so that both give the same bits. Thread: pure functions.
// Source: ggml, docs/gguf.md ("ggml_type") and the block layouts of the package gguf.
#pragma once

#include "core/interop/safetensors.h"

#include <optional>

namespace athanor::interop {

struct GgufType {
    quint32 id;  // as it stands in the file
    const char *name;
    qint64 blockElements;
    qint64 blockBytes;
    std::optional<ElementType> element;  // none: blocks
    void (*dequantize)(const char *blocks, qint64 blockCount, float *out);  // nullptr for plain elements
};

/// nullptr when Athanor does not read the type.
ATHANOR_EXPORT const GgufType *ggufType(quint32 id);
ATHANOR_EXPORT const GgufType *ggufType(const QString &name);
/// Also of types that Athanor does not read; "type 77" when nobody knows it.
ATHANOR_EXPORT QString ggufTypeName(quint32 id);

/// `count` elements from element `first` on of blocks at `bytes`, as f32. Any first and count.
ATHANOR_EXPORT void ggufToF32(const GgufType &type, const char *bytes, qint64 first, qint64 count, float *out);

constexpr qint64 kQ8BlockElements = 32, kQ8BlockBytes = 34;
/// `blockCount` × 32 numbers as Q8_0: a f16 scale (largest size / 127) and 32 whole numbers, ties away from zero.
/// False when a number is not finite (nothing useful was written).
ATHANOR_EXPORT bool quantizeQ8(const float *values, qint64 blockCount, char *out);

}  // namespace athanor::interop
