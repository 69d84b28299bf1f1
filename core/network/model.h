// Builds and runs a language model from an expanded architecture (core/model/architecture.h).
// Role: the tensor side's view of an architecture; training, evaluation and generation use nothing below it.
// Letters: B batch, T time, C channels, V vocabulary. Losses are mean negative log likelihood in nats.
// Errors: InvalidInput, NotFound (layer plugin), Corrupt (architecture), OutOfMemory, External.
// Thread: one call at a time for each model.
#pragma once

#include "core/network/layer.h"
#include "core/plugin/catalogue.h"

namespace athanor::network {

struct BuildOptions {
    at::ScalarType dtype = at::kFloat;  // of all parameters: at::kFloat or at::kBFloat16
    uint64_t seed = 0;                  // of the initial weights
};

struct NamedParameter {
    std::string name;        // "blocks.0.attention.qkv.weight"; stable
    torch::Tensor value;     // leaf with requires_grad; write to it only under torch::NoGradGuard
    bool decays = false;     // matrices decay, norms' gains and biases do not
};

class ATHANOR_EXPORT Model {
public:
    static Result<std::shared_ptr<Model>> build(plugin::Catalogue &plugins, const QJsonObject &architecture,
                                                const BuildOptions &options = {});
    ~Model();

    const QJsonObject &architecture() const { return m_architecture; }
    const Dimensions &dimensions() const { return m_dimensions; }
    at::ScalarType dtype() const { return m_options.dtype; }

    /// Every parameter once (a tied head has none of its own), in the order of the architecture.
    const std::vector<NamedParameter> &parameters() const { return m_parameters; }
    int64_t parameterCount() const;

    /// Last hidden state before the head, (B, T, C) in the model's dtype. ids (B, T) int64.
    Result<torch::Tensor> hidden(const torch::Tensor &ids, Pass &pass);
    /// (B, T, V) f32, no gradients. With a cache: ids continue it, and it advances by T.
    Result<torch::Tensor> logits(const torch::Tensor &ids, Cache *cache = nullptr);
    /// (B, V) f32: logits of the last position only; what generation needs. No gradients.
    Result<torch::Tensor> lastLogits(const torch::Tensor &ids, Cache &cache);
    /// Scalar f32 with gradients: mean over targets ≥ 0 (−1: not counted). Never holds all logits. The gradients
    /// of the head come out of the same sweep, so call it only when backward() follows. pass.training = true for dropout.
    Result<torch::Tensor> loss(const torch::Tensor &ids, const torch::Tensor &targets, Pass &pass);
    /// (B, T) f32 without gradients; 0 where the target is −1. For evaluation.
    Result<torch::Tensor> perTokenLoss(const torch::Tensor &ids, const torch::Tensor &targets);

    std::unique_ptr<Cache> makeCache(int64_t batch = 1, int64_t capacity = 0) const;  // 0: the context

    /// Frees the gradients (the next backward() makes new ones).
    void clearGradients();

private:
    struct Node;
    struct Builder;
    Model();
    torch::Tensor run(const torch::Tensor &ids, Pass &pass) const;
    void checkIds(const torch::Tensor &ids, const Pass &pass) const;

    QJsonObject m_architecture;
    Dimensions m_dimensions;
    BuildOptions m_options;
    std::vector<std::unique_ptr<Node>> m_nodes;
    std::shared_ptr<Layer> m_head;
    std::vector<NamedParameter> m_parameters;
    std::map<std::string, torch::Tensor> m_shared;
};

}  // namespace athanor::network
