// A matrix of a layer: x·Wᵀ + b, with low-rank adapters on ranges of its rows, frozen or trained, and optionally
// with its weights kept as small integers for generating. Role: the one place where adapting and quantising meet
// the layers. Letters: I inputs, O outputs, r rank. Thread: one pass at a time.
// Sources: Hu et al. 2021 (LoRA), Kalajdzievski 2023 (rsLoRA), Liu et al. 2024 (DoRA).
#pragma once

#include "core/base/export.h"
#include "core/tensor/libtorch.h"

#include <memory>
#include <string>
#include <vector>

namespace athanor::network {

class Layer;
class LayerBuild;
struct Pass;

/// W' = W + scale·B·A on the rows [rowBegin, rowEnd). With a magnitude m (DoRA), each row of W' is brought to the
/// length m; the length itself is taken as a constant by the gradient (section 4.3 there).
struct Adapter {
    std::string name;         // "q_proj": as PEFT calls the module
    int64_t rowBegin = 0;
    int64_t rowEnd = 0;
    torch::Tensor a;          // (r, I) leaf, f32
    torch::Tensor b;          // (rowEnd − rowBegin, r) leaf, f32
    torch::Tensor magnitude;  // (rowEnd − rowBegin) leaf, f32; undefined: plain LoRA
    double scale = 1;         // alpha / r, or alpha / √r for rsLoRA
    double dropout = 0;       // of the adapter's input while training
};

/// Weights as small integers, for generating only (core/tensor/quantised.h).
class QuantisedMatrix {
public:
    virtual ~QuantisedMatrix() = default;
    virtual torch::Tensor forward(const torch::Tensor &x) const = 0;  // (…, I) → (…, O), x's dtype
    virtual int64_t bytes() const = 0;
};

class ATHANOR_EXPORT Projection {
public:
    Projection() = default;
    Projection(const Projection &) = delete;
    Projection &operator=(const Projection &) = delete;

    /// Registers "<name>_weight" (O, I) ("weight" when the name is empty) and, when `bias`, "<name>_bias" (O) with the
    /// layer, and this projection too: it must live as long as the layer and stay where it is.
    void create(Layer &layer, const LayerBuild &build, const std::string &name, int64_t outputs, int64_t inputs,
                double deviation, bool bias);
    /// The bias by itself, for layers whose parameters stand in another order.
    void createBias(Layer &layer, const LayerBuild &build);
    /// A weight (O, I) that another layer owns (a tied head).
    void share(Layer &layer, const std::string &name, const torch::Tensor &weight);

    /// x (…, I) to (…, O) in the weight's dtype.
    torch::Tensor forward(const torch::Tensor &x, Pass &pass) const;

    const std::string &name() const { return m_name; }          // "qkv"
    const torch::Tensor &weight() const { return m_weight; }
    const torch::Tensor &bias() const { return m_bias; }
    std::vector<Adapter> &adapters() { return m_adapters; }
    const std::vector<Adapter> &adapters() const { return m_adapters; }
    /// The weight with its adapters (without their dropout), differentiable; the weight itself when there are none.
    torch::Tensor effectiveWeight() const;
    /// Adds the adapters into the weight, f32 arithmetic, and removes them.
    void merge();
    void setQuantised(std::shared_ptr<const QuantisedMatrix> quantised) { m_quantised = std::move(quantised); }
    const std::shared_ptr<const QuantisedMatrix> &quantised() const { return m_quantised; }

private:
    std::string m_name;
    torch::Tensor m_weight;
    torch::Tensor m_bias;
    std::vector<Adapter> m_adapters;
    std::shared_ptr<const QuantisedMatrix> m_quantised;
};

}  // namespace athanor::network
