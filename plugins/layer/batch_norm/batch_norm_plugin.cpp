// Glue: see batch_norm.h.
#include "plugins/layer/batch_norm/batch_norm.h"

#include <QObject>

class BatchNormLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeBatchNorm(build);
    }
};

#include "batch_norm_plugin.moc"
