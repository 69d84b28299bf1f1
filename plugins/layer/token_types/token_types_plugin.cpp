// Glue: see token_types.h.
#include "plugins/layer/token_types/token_types.h"

#include <QObject>

class TokenTypesLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeTokenTypes(build);
    }
};

#include "token_types_plugin.moc"
