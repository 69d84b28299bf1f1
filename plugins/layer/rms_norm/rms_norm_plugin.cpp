// Glue: see rms_norm.h.
#include "plugins/layer/rms_norm/rms_norm.h"

#include <QObject>

class RmsNormLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeRmsNorm(build);
    }
};

#include "rms_norm_plugin.moc"
