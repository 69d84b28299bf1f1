// Glue: see learned_positions.h.
#include "plugins/layer/learned_positions/learned_positions.h"

#include <QObject>

class LearnedPositionsLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeLearnedPositions(build);
    }
};

#include "learned_positions_plugin.moc"
