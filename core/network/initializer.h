// The weights of a matrix before training. Role: the interface of plugins of kind "initializer". Embeddings, positions,
// gains and biases are no matrices in this sense: layers fill them by their own rule. Thread: const members are safe.
#pragma once

#include "core/tensor/libtorch.h"
#include "core/tensor/random.h"

#include <QtPlugin>

namespace athanor::network {

struct InitialMatrix {
    int64_t outputs = 1;         // fan-out; of matrices that a layer keeps as one (query, key and value), of all together
    int64_t inputs = 1;          // fan-in
    double deviation = 0.02;     // what the layer's own rule takes, where no residual branch ends
    bool endsBranch = false;     // its result is added to the residual stream
    int64_t layers = 1;          // L
    tensor::RandomKey key;       // seed and full name: what is drawn depends on nothing else
};

class InitializerPlugin {
public:
    virtual ~InitializerPlugin() = default;
    /// (outputs, inputs) f32. May throw what LibTorch throws.
    virtual torch::Tensor fill(const InitialMatrix &matrix) const = 0;
};

}  // namespace athanor::network

Q_DECLARE_INTERFACE(athanor::network::InitializerPlugin, "athanor.Initializer/1")
