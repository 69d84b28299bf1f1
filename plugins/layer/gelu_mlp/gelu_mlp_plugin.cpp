// Glue: see gelu_mlp.h.
#include "plugins/layer/gelu_mlp/gelu_mlp.h"

#include <QObject>

class GeluMlpLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeGeluMlp(build);
    }
};

#include "gelu_mlp_plugin.moc"
