// Glue: see cross_attention.h.
#include "plugins/layer/cross_attention/cross_attention.h"

#include <QObject>

class CrossAttentionLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeCrossAttention(build);
    }
};

#include "cross_attention_plugin.moc"
