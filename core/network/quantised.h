// A model whose matrices are small integers, for generating only. Role: puts core/tensor's quantised weights into the
// projections. Thread: one.
#pragma once

#include "core/network/model.h"
#include "core/tensor/quantised.h"

namespace athanor::network {

/// Every projection's weight, with its adapters added in, becomes small integers, and what nothing else reads is freed:
/// afterwards the model writes text, but its parameters are no longer of use, and its losses are errors. A table that the
/// head shares stays for the embedding. Returns the bytes of the small integers. Errors: OutOfMemory, External.
ATHANOR_EXPORT Result<int64_t> quantise(Model &model, tensor::QuantisedFormat format);

}  // namespace athanor::network
