// Glue: see relative_positions.h.
#include "plugins/layer/relative_positions/relative_positions.h"

#include <QObject>

class RelativePositionsLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeRelativePositions(build);
    }
};

#include "relative_positions_plugin.moc"
