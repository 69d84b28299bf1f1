// A plain GPT and its training step, for the programs of this folder: LayerNorm and matrices without biases, learned
// positions, GELU, tied head, AdamW with f32 masters, clipping at 1. Letters: L layers, H heads, C channels, T time,
// V vocabulary, B batch. Thread: one.
#pragma once

#include "core/network/model.h"

#include <array>

namespace athanor::bench {

struct Shape {
    int64_t l = 6, h = 6, c = 384, t = 256, v = 8192, b = 8;
};

/// The first six of `words` as L H C T V B.
Shape shapeFrom(const QStringList &words);
/// As an architecture; `activation` is one of layer.gelu_mlp's.
QJsonObject plainGpt(const Shape &shape, const char *activation = "gelu_tanh");

class PlainTrainer {
public:
    explicit PlainTrainer(network::Model &model);
    /// One update; the loss of its batch in nats. ids and targets (B, T) int64.
    Result<float> step(const torch::Tensor &ids, const torch::Tensor &targets, double lr = 6e-4);
    /// Of the last step: forward and loss, backward, optimizer; seconds.
    const std::array<double, 3> &times() const { return m_times; }
    /// After the model's weights were written from outside.
    void mastersFromWeights();

private:
    struct Slot {
        torch::Tensor weight, master, first, second;
    };
    Status update(double lr);

    network::Model &m_model;
    std::vector<Slot> m_slots;
    std::array<double, 3> m_times{};
    int64_t m_step = 0;
};

}  // namespace athanor::bench
