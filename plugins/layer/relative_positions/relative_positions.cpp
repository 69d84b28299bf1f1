#include "plugins/layer/relative_positions/relative_positions.h"

#include "core/tensor/embedding.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::layer {

namespace {

class RelativePositions final : public network::Layer {
public:
    explicit RelativePositions(const network::LayerBuild &build)
        : m_buckets(build.integer("buckets")), m_distance(build.integer("distance")),
          m_bothDirections(build.flag("both_directions"))
    {
        m_weight = addParameter(
            "weight", build.normal("weight", {m_buckets, build.integer("heads")}, build.real("initial_deviation")));
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        const int64_t first = pass.cache ? pass.position : 0, last = first + x.size(1);
        const auto places = at::TensorOptions(at::kLong).device(x.device());
        const torch::Tensor queries = torch::arange(first, last, places).unsqueeze(1);
        const torch::Tensor keys = torch::arange(last, places).unsqueeze(0);
        const torch::Tensor buckets = bucketsOf(keys - queries);                                   // (T, S)
        pass.scoreBias = tensor::embedding(buckets, m_weight).permute({2, 0, 1}).unsqueeze(0);     // (1, H, T, S)
        return x;
    }

private:
    // Half of the buckets for single distances, the rest for ranges that grow with the logarithm.
    torch::Tensor bucketsOf(torch::Tensor distance) const
    {
        int64_t count = m_buckets;
        torch::Tensor start = torch::zeros_like(distance);
        if (m_bothDirections) {
            count /= 2;
            start = distance.gt(0).to(at::kLong) * count;
            distance = distance.abs();
        } else {
            distance = (-distance).clamp_min(0);
        }
        const int64_t single = count / 2;
        const double range = std::log(double(m_distance) / double(single));
        const torch::Tensor far = (torch::log(distance.clamp_min(1).to(at::kFloat) / double(single)) / range
                                   * double(count - single))
                                      .to(at::kLong)
            + single;
        return start + torch::where(distance < single, distance, far.clamp_max(count - 1));
    }

    torch::Tensor m_weight;
    int64_t m_buckets = 0;
    int64_t m_distance = 0;
    bool m_bothDirections = false;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeRelativePositions(const network::LayerBuild &build)
{
    const int64_t single = build.integer("buckets") / (build.flag("both_directions") ? 4 : 2);
    if (single < 1 || build.integer("distance") <= single)
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "%1 ranges do not fit a farthest distance of %2.")
                        .arg(build.integer("buckets"))
                        .arg(build.integer("distance")),
                    QCoreApplication::translate("athanor", "Choose fewer ranges or a larger distance."));
    return std::make_shared<RelativePositions>(build);
}

}  // namespace athanor::layer
