// Glue: see token_embedding.h.
#include "plugins/layer/token_embedding/token_embedding.h"

#include <QObject>

class TokenEmbeddingLayerPlugin final : public QObject, public athanor::network::LayerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Layer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::LayerPlugin)

public:
    athanor::Result<std::shared_ptr<athanor::network::Layer>> create(const athanor::network::LayerBuild &build) override
    {
        return athanor::layer::makeTokenEmbedding(build);
    }
};

#include "token_embedding_plugin.moc"
