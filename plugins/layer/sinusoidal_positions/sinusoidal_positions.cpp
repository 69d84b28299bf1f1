#include "plugins/layer/sinusoidal_positions/sinusoidal_positions.h"

#include "core/tensor/attention.h"

#include <QCoreApplication>

namespace athanor::layer {

namespace {

class SinusoidalPositions final : public network::Layer {
public:
    explicit SinusoidalPositions(const network::LayerBuild &build)
    {
        // The rotary table holds the cosines first.
        const auto halves = tensor::rotaryTable(build.dimensions.context, build.dimensions.width, 10000.0).chunk(2, 1);
        m_table = torch::cat({halves[1], halves[0]}, 1).to(build.device);  // (context, C)
    }
    torch::Tensor forward(const torch::Tensor &x, network::Pass &pass) override
    {
        if (pass.positions.defined())
            return x + m_table.index_select(0, pass.positions.flatten()).view(x.sizes()).to(x.scalar_type());
        return x + m_table.narrow(0, pass.position, x.size(1)).to(x.scalar_type());
    }

private:
    torch::Tensor m_table;
};

}  // namespace

Result<std::shared_ptr<network::Layer>> makeSinusoidalPositions(const network::LayerBuild &build)
{
    if (build.dimensions.width % 2 != 0)
        return fail(ErrorCode::InvalidInput,
                    QCoreApplication::translate("athanor", "Sinusoidal positions need an even width; it is %1.")
                        .arg(build.dimensions.width),
                    QCoreApplication::translate("athanor", "Choose an even width."));
    return std::make_shared<SinusoidalPositions>(build);
}

}  // namespace athanor::layer
