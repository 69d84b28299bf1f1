// What one pass through a model reads. Letters: B batch, T time, S time of the encoder. Thread: values.
#pragma once

#include "core/tensor/libtorch.h"

namespace athanor::network {

/// Tensors that are undefined take their default. All int64, and on the processor: the model brings them where it is.
struct Batch {
    torch::Tensor ids;              // (B, T); of the decoder where there is an encoder too
    torch::Tensor targets;          // (B, T); −1: not counted. Undefined: no loss over tokens
    torch::Tensor segments;         // (B, T); attention stays within a run of equal numbers, −1: padding. Default: all one.
                                    // With a cache: only −1 in front of a row counts, in the first passes
    torch::Tensor positions;        // (B, T); default: 0 … T − 1, counted on from the cache (behind its padding)
    torch::Tensor tokenTypes;       // (B, T); BERT's sentence A or B. Default: 0
    torch::Tensor encoderIds;       // (B, S); with a cache: in the first pass only
    torch::Tensor encoderSegments;  // (B, S); −1: padding
    torch::Tensor labels;           // (B); classification, next sentence; −1: not counted
};

}  // namespace athanor::network
