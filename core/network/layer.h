// What a layer is. Role: the interface of plugins of kind "layer", and what flows through a forward pass.
// Letters: B batch, T time, C channels, H heads, D head size, V vocabulary.
// The residual stream (between layers) is f32; inside a residual branch values have the parameters' dtype.
// Layers may throw what LibTorch throws: Model turns it into errors. Thread: one pass at a time.
#pragma once

#include "core/base/error.h"
#include "core/network/initializer.h"
#include "core/network/projection.h"
#include "core/tensor/libtorch.h"
#include "core/tensor/random.h"

#include <QJsonObject>
#include <QtPlugin>

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

namespace athanor::network {

struct Dimensions {
    int64_t vocabulary = 0;
    int64_t context = 0;
    int64_t width = 0;
    int64_t layers = 0;
};

/// Keys and values of one attention layer while generating: (B, KV, capacity, D) each, rotated already. A layer that
/// reads the encoder keeps that side's (B, S, KV, D) here.
struct LayerState {
    torch::Tensor keys;
    torch::Tensor values;
};

/// What incremental generation remembers. Made by Model::makeCache; one attention layer takes one slot, in order.
class ATHANOR_EXPORT Cache {
public:
    Cache(int64_t batch, int64_t capacity) : m_batch(batch), m_capacity(capacity) {}
    int64_t batch() const { return m_batch; }
    int64_t capacity() const { return m_capacity; }
    int64_t position() const { return m_position; }  // ids seen so far
    void advance(int64_t count) { m_position += count; }
    /// Forgets everything from `position` on (0 ≤ position ≤ position()).
    void rewind(int64_t position) { m_position = position; }
    /// Goes on with these rows only, in this order: rows (B') int64, each below batch().
    void keepRows(const torch::Tensor &rows);
    LayerState &slot(size_t index);

    torch::Tensor starts;           // (B) int64, on the processor: padding in front of each row; undefined: none
    torch::Tensor encoded;          // (B, S, C): what the encoder made of its ids
    torch::Tensor encodedSegments;  // (B, S)

private:
    int64_t m_batch = 0;
    int64_t m_capacity = 0;
    int64_t m_position = 0;
    std::vector<LayerState> m_slots;
};

/// One forward pass through the model. Counts the random sites and cache slots as layers ask for them.
struct ATHANOR_EXPORT Pass {
    bool training = false;     // dropout on
    int64_t position = 0;      // of the first id of this pass
    Cache *cache = nullptr;    // keys and values are kept there when given; then no gradients
    uint64_t seed = 0;         // for dropout
    uint64_t step = 0;         // for dropout: any number that differs from pass to pass
    uint64_t sitesTaken = 0;
    size_t slotsTaken = 0;

    // Filled by Model from the Batch; undefined where it says nothing.
    torch::Tensor segments;         // (B, T) of the side that runs (encoder or decoder)
    torch::Tensor positions;        // (B, T)
    torch::Tensor tokenTypes;       // (B, T)
    torch::Tensor encoded;          // (B, S, C), for layers that read the encoder
    torch::Tensor encodedSegments;  // (B, S)
    torch::Tensor scoreBias;        // (1, H, T, S): made by a layer of relative positions for the attentions behind it
    at::Device device = at::kCPU;   // where all of these are, and what a layer makes belongs

    /// The first key that each query of a causal attention sees, (B, T) int64; undefined: all before it.
    torch::Tensor firstKeys(int64_t window, int64_t b, int64_t t) const;
    tensor::RandomKey nextRandom() { return {seed, step, 0x70617373u + sitesTaken++}; }
    LayerState &nextState() { return cache->slot(slotsTaken++); }
};

class ATHANOR_EXPORT Layer {
public:
    Layer();
    virtual ~Layer();
    Layer(const Layer &) = delete;
    Layer &operator=(const Layer &) = delete;

    /// x (B, T, C) to (B, T, C); the first layer takes ids (B, T) int64 instead, the head gives (B, T, V).
    virtual torch::Tensor forward(const torch::Tensor &x, Pass &pass) = 0;
    /// {x + delta, forward(x + delta)}: a layer that can do both in one sweep overrides it. delta may be undefined.
    virtual std::pair<torch::Tensor, torch::Tensor> forwardAfterAdd(const torch::Tensor &x, const torch::Tensor &delta,
                                                                    Pass &pass);
    /// The head's weight (V, C), so that the loss never holds all logits; undefined for all other layers.
    virtual torch::Tensor headWeight() const;
    /// Its bias (V), where it has one.
    virtual torch::Tensor headBias() const;

    /// Makes `value` a leaf that learns, known by `name` within the layer, and hands it back.
    torch::Tensor addParameter(const std::string &name, torch::Tensor value);
    /// What the layer keeps track of itself, f32: saved and loaded as parameters are, but nothing that learns.
    torch::Tensor addBuffer(const std::string &name, torch::Tensor value);
    /// In the order of their making.
    const std::vector<std::pair<std::string, torch::Tensor>> &parameters() const { return m_parameters; }
    const std::vector<std::pair<std::string, torch::Tensor>> &buffers() const { return m_buffers; }
    /// The layer's matrices in the order of their making.
    const std::vector<Projection *> &projections() const { return m_projections; }
    void addProjection(Projection *projection) { m_projections.push_back(projection); }

private:
    std::vector<std::pair<std::string, torch::Tensor>> m_parameters, m_buffers;
    std::vector<Projection *> m_projections;
};

/// What a layer is built from. Parameters are made here, so that initialisation is one rule: a normal number
/// depends only on (seed, parameter's full name, index).
class ATHANOR_EXPORT LayerBuild {
public:
    QJsonObject parameters;      // validated and completed by the plugin's schema
    Dimensions dimensions;
    at::ScalarType dtype = at::kFloat;
    at::Device device = at::kCPU;  // of parameters, and of tables that a layer keeps
    uint64_t seed = 0;
    std::string path;            // full name of the layer: "blocks.0.attention"
    std::map<std::string, torch::Tensor> *shared = nullptr;  // weights that later layers may share, e.g. "token_embedding"
    const InitializerPlugin *initializer = nullptr;          // of matrices; null: each layer's own rule

    /// A matrix (outputs, inputs): by the initializer, or normal numbers of this deviation.
    torch::Tensor matrix(const std::string &name, int64_t outputs, int64_t inputs, double deviation) const;
    torch::Tensor normal(const std::string &name, at::IntArrayRef shape, double deviation) const;
    torch::Tensor constant(at::IntArrayRef shape, double value) const;
    int64_t integer(const char *key) const;
    double real(const char *key) const;
    bool flag(const char *key) const;
    QString text(const char *key) const;
};

/// Initial deviation of a matrix that ends a residual branch: smaller the more branches add up (GPT-2, section 2.3).
ATHANOR_EXPORT double branchDeviation(double deviation, const Dimensions &dimensions);

/// Root object of a plugin of kind "layer".
class LayerPlugin {
public:
    virtual ~LayerPlugin() = default;
    /// InvalidInput when parameters and dimensions do not fit (heads that do not divide the width …).
    virtual Result<std::shared_ptr<Layer>> create(const LayerBuild &build) = 0;
};

}  // namespace athanor::network

Q_DECLARE_INTERFACE(athanor::network::LayerPlugin, "athanor.Layer/1")
