// Glue: see layer_norm.h.
#include "plugins/layer/layer_norm/layer_norm.h"

#include <QObject>

class LayerNormLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeLayerNorm(build);
    }
};

#include "layer_norm_plugin.moc"
