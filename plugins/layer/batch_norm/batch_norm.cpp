#include "plugins/layer/batch_norm/batch_norm.h"

namespace athanor::layer {

namespace {

class BatchNorm final : public network::Layer {
public:
    explicit BatchNorm(const network::LayerBuild &build) : m_epsilon(build.real("epsilon")), m_momentum(build.real("momentum"))
    {
        const int64_t c = build.dimensions.width;
        m_weight = addParameter("weight", build.constant({c}, 1));
        if (build.flag("bias"))
            m_bias = addParameter("bias", build.constant({c}, 0));
        const auto options = at::TensorOptions(at::kFloat).device(build.device);
        m_mean = addBuffer("running_mean", torch::zeros({c}, options));
        m_variance = addBuffer("running_var", torch::ones({c}, options));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const torch::Tensor rows = x.to(at::kFloat).flatten(0, -2);  // (B·T, C)
        const torch::Tensor counted = pass.training ? countedRows(rows, pass) : torch::Tensor();
        torch::Tensor y = normal(counted.defined() ? rows.index_select(0, counted) : rows, pass);
        if (counted.defined())
            y = torch::zeros_like(rows).index_copy(0, counted, y);  // padding becomes 0
        return y.view(x.sizes()).to(m_weight.scalar_type());
    }

private:
    // The rows that are no padding; undefined: all.
    static torch::Tensor countedRows(const torch::Tensor &rows, const network::Pass &pass)
    {
        if (!pass.segments.defined() || pass.segments.numel() != rows.size(0))
            return {};
        const torch::Tensor counted = pass.segments.flatten().ge(0).nonzero().flatten();
        return counted.numel() < rows.size(0) ? counted : torch::Tensor();
    }
    torch::Tensor normal(const torch::Tensor &rows, const network::Pass &pass)
    {
        const bool usesBatch = pass.training && rows.size(0) > 1;  // one token has no deviation
        const bool isAgain = usesBatch && m_lastStep == pass.step;  // computed once more for its gradients
        m_lastStep = usesBatch ? pass.step : m_lastStep;
        const torch::Tensor mean = isAgain ? m_mean.clone() : m_mean, variance = isAgain ? m_variance.clone() : m_variance;
        return torch::batch_norm(rows, m_weight.to(at::kFloat), m_bias.defined() ? m_bias.to(at::kFloat) : torch::Tensor(), mean,
                                 variance, usesBatch, m_momentum, m_epsilon, false);
    }

    torch::Tensor m_weight, m_bias, m_mean, m_variance;
    double m_epsilon, m_momentum;
    uint64_t m_lastStep = ~uint64_t(0);
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeBatchNorm(const network::LayerBuild &build)
{
    return std::make_shared<BatchNorm>(build);
}

}  // namespace athanor::layer
