// Glue: see dense.h.
#include "plugins/layer/dense/dense.h"

#include <QObject>

class DenseLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeDense(build);
    }
};

#include "dense_plugin.moc"
