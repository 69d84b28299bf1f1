// Carries out a TensorMove: the bytes of one tensor, made of rows of others, in pieces. Role: conversion of weights
// without a second copy in memory. Thread: safe where the sink is.
#pragma once

#include "core/interop/exchange.h"

#include <functional>

namespace athanor::interop {

using ByteSink = std::function<Status(QByteArrayView)>;

/// The result's bytes as `type`, in order. Where all sources are stored as `type`, they are passed on as they are;
/// otherwise through f32. LimitExceeded when a number does not fit into `type` (it would become infinite).
ATHANOR_EXPORT Status streamTensor(const WeightSource &source, const TensorMove &move, ElementType type,
                                   const ByteSink &sink);

/// The type in which the result loses nothing: that of the sources where they agree, else F32. Blocks become F16:
/// scale (11 bits) times a small integer keeps more of its bits there than in BF16's 8.
ATHANOR_EXPORT Result<ElementType> storedType(const WeightSource &source, const TensorMove &move);

}  // namespace athanor::interop
