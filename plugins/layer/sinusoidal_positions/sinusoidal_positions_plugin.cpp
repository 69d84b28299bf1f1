// Glue: see sinusoidal_positions.h.
#include "plugins/layer/sinusoidal_positions/sinusoidal_positions.h"

#include <QObject>

class SinusoidalPositionsLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeSinusoidalPositions(build);
    }
};

#include "sinusoidal_positions_plugin.moc"
