// Glue: see scale.h.
#include "plugins/layer/scale/scale.h"

#include <QObject>

class ScaleLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeScale(build);
    }
};

#include "scale_plugin.moc"
