#include "core/network/quantised.h"

#include "core/tensor/guard.h"

#include <QCoreApplication>

namespace athanor::network {

namespace {

class Quantised final : public QuantisedMatrix {
public:
    explicit Quantised(std::shared_ptr<const tensor::QuantisedWeights> weights) : m_weights(std::move(weights)) {}
    torch::Tensor forward(const torch::Tensor &x) const override { return m_weights->product(x); }
    int64_t bytes() const override { return m_weights->bytes(); }

private:
    std::shared_ptr<const tensor::QuantisedWeights> m_weights;
};

// The same shape and format on one number.
void release(torch::Tensor weight)
{
    weight.set_data(torch::zeros({1}, weight.options()).expand(weight.sizes()));
}

// Not a table that an embedding reads too.
bool isOnlyAMatrix(const NamedProjection &named)
{
    return named.parameter == named.name + "_weight" || named.parameter == named.name + ".weight";
}

}  // namespace

Result<int64_t> quantise(Model &model, tensor::QuantisedFormat format)
{
    return tensor::guarded(QCoreApplication::translate("athanor", "making the weights smaller"), [&] {
        torch::NoGradGuard noGradients;
        int64_t bytes = 0;
        for (const NamedProjection &named : model.projections()) {
            Projection &projection = *named.projection;
            const auto weights = tensor::QuantisedWeights::create(projection.effectiveWeight(), format);
            projection.adapters().clear();
            projection.setQuantised(std::make_shared<Quantised>(weights));
            bytes += weights->bytes();
            if (isOnlyAMatrix(named))
                release(projection.weight());
        }
        return bytes;
    });
}

}  // namespace athanor::network
