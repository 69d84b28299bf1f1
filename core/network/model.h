// Builds and runs a language model from an expanded architecture (core/model/architecture.h).
// Role: the tensor side's view of an architecture; training, evaluation and generation use nothing below it.
// Letters: B batch, T time, S time of the encoder, C channels, V vocabulary, K classes. Losses are mean negative log
// likelihood in nats.
// Errors: InvalidInput, NotFound (layer plugin), Corrupt (architecture), OutOfMemory, External.
// Thread: one call at a time for each model.
#pragma once

#include "core/network/batch.h"
#include "core/network/layer.h"
#include "core/network/regularisation.h"
#include "core/plugin/catalogue.h"

#include <functional>

namespace athanor::network {

struct Flow;

struct BuildOptions {
    at::ScalarType dtype = at::kFloat;  // of all parameters: at::kFloat, at::kBFloat16; at::kHalf on a device that has it
    uint64_t seed = 0;                  // of the initial weights
    at::Device device = at::kCPU;       // where the model is and computes (core/tensor/device.h)
    QString initializer = {};           // id of a plugin, for matrices; empty: the rule of each layer
};

struct NamedParameter {
    std::string name;        // "blocks.0.attention.qkv_weight"; stable
    torch::Tensor value;     // leaf with requires_grad; write to it only under torch::NoGradGuard
    bool decays = false;     // matrices decay, norms' gains and biases do not
    bool isBuffer = false;   // never learns: what a layer keeps track of itself
};

struct NamedProjection {
    std::string name;        // "blocks.0.attention.qkv"; of a head: "head"
    std::string parameter;   // of its weight: "blocks.0.attention.qkv_weight"; of a tied head: the embedding's
    Projection *projection = nullptr;
};

class ATHANOR_EXPORT Model {
public:
    static Result<std::shared_ptr<Model>> build(plugin::Catalogue &plugins, const QJsonObject &architecture,
                                                const BuildOptions &options = {});
    ~Model();

    const QJsonObject &architecture() const { return m_architecture; }
    const Dimensions &dimensions() const { return m_dimensions; }
    at::ScalarType dtype() const { return m_options.dtype; }
    at::Device device() const { return m_options.device; }
    bool hasEncoder() const;
    bool hasLabelHead() const;

    /// Every parameter once (a tied head has none of its own), in the order of the architecture; a layer's buffers behind
    /// its parameters.
    const std::vector<NamedParameter> &parameters() const { return m_parameters; }
    int64_t parameterCount() const;  // without buffers
    /// Every matrix of every layer, in the order of the architecture: where adapters and quantised weights are put.
    const std::vector<NamedProjection> &projections() const { return m_projections; }
    /// Frees or freezes the model's own parameters; adapters stay as they are.
    void setTrainable(const std::function<bool(const NamedParameter &)> &learns);
    /// What learns: the parameters that are not frozen, then the adapters' tensors, named after their matrix and
    /// module ("blocks.0.attention.qkv.q_proj.lora_A", ".lora_B", ".magnitude").
    std::vector<NamedParameter> trainable() const;

    /// Blocks: rounds of the repetitions (an encoder's first).
    int64_t blockCount() const { return m_blockCount; }
    /// The first `count` blocks keep only what goes into them and run a second time for their gradients: less memory,
    /// a third more time for each, the same bits. Blocks with layers that keep track of what they read never do.
    void recomputeBlocks(int64_t count) { m_recomputedBlocks = count; }
    // Batches come from the processor's memory, wherever the model is. What is without gradients is given back there;
    // hidden states and losses stay where the model is.

    /// Last hidden state before the head, (B, T, C) in the model's dtype. ids (B, T) int64.
    Result<torch::Tensor> hidden(const torch::Tensor &ids, Pass &pass);
    Result<torch::Tensor> hidden(const Batch &batch, Pass &pass);
    /// (B, T, V) f32, no gradients. With a cache: ids continue it, and it advances by T.
    Result<torch::Tensor> logits(const torch::Tensor &ids, Cache *cache = nullptr);
    Result<torch::Tensor> logits(const Batch &batch, Cache *cache = nullptr);
    /// (B, V) f32: logits of the last position only; what generation needs. No gradients.
    Result<torch::Tensor> lastLogits(const torch::Tensor &ids, Cache &cache);
    Result<torch::Tensor> lastLogits(const Batch &batch, Cache &cache);
    /// (N, V) f32: logits where targets ≥ 0 alone, row after row: what few targets (hidden tokens) are measured with. No
    /// gradients.
    Result<torch::Tensor> targetLogits(const Batch &batch);
    /// (B, K) f32: the scores of the classes, of a model with a label head. No gradients.
    Result<torch::Tensor> labelLogits(const Batch &batch);
    /// Scalar f32 with gradients: mean over targets ≥ 0 (−1: not counted), plus the mean over labels ≥ 0 where the
    /// batch has some. Never holds all logits. The gradients of the head come out of the same sweep, so call it only
    /// when backward() follows. pass.training = true for dropout.
    Result<torch::Tensor> loss(const torch::Tensor &ids, const torch::Tensor &targets, Pass &pass);
    Result<torch::Tensor> loss(const Batch &batch, Pass &pass);
    /// The same as `plain`, and what setRegularisation() makes of it as `objective`: call backward() on that one.
    Result<tensor::LossPair> losses(const Batch &batch, Pass &pass);
    /// Holds for passes with training = true alone.
    void setRegularisation(const Regularisation &regularisation);
    /// (B, T) f32 without gradients; 0 where the target is −1. For evaluation.
    Result<torch::Tensor> perTokenLoss(const torch::Tensor &ids, const torch::Tensor &targets);
    Result<torch::Tensor> perTokenLoss(const Batch &batch);

    std::unique_ptr<Cache> makeCache(int64_t batch = 1, int64_t capacity = 0) const;  // 0: the context

    /// Frees the gradients, also of adapters (the next backward() makes new ones).
    void clearGradients();

private:
    struct Step;
    struct Node;
    struct Builder;
    using Steps = std::vector<Step>;
    using Nodes = std::vector<std::unique_ptr<Node>>;
    Model();
    torch::Tensor run(const Batch &batch, Pass &pass) const;
    torch::Tensor runNodes(const Nodes &nodes, const torch::Tensor &ids, Pass &pass) const;
    static Flow runNode(const Node &node, const Flow &flow, Pass &pass);
    static Flow runBlock(const Nodes &nodes, size_t begin, size_t end, Flow flow, Pass &pass);
    void encode(const Batch &batch, Pass &pass) const;
    void place(const Batch &batch, Pass &pass) const;
    void check(const Batch &batch, const Pass &pass) const;
    torch::Tensor headInput(const torch::Tensor &x, Pass &pass) const;
    tensor::LossPair tokenLoss(const torch::Tensor &x, const torch::Tensor &targets, Pass &pass) const;
    tensor::LossPair labelLoss(const torch::Tensor &x, const torch::Tensor &labels, Pass &pass) const;

    QJsonObject m_architecture;
    Dimensions m_dimensions;
    BuildOptions m_options;
    Regularisation m_regularisation;
    int64_t m_blockCount = 0;
    int64_t m_recomputedBlocks = 0;
    Nodes m_encoder;
    Nodes m_nodes;
    Steps m_beforeHead;  // between the last hidden state and the head, as BERT has it
    std::shared_ptr<Layer> m_head;
    Steps m_labelHead;
    std::vector<NamedParameter> m_parameters;
    std::vector<NamedProjection> m_projections;
    std::map<std::string, torch::Tensor> m_shared;
};

}  // namespace athanor::network
