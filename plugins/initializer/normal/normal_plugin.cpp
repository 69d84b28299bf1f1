// Glue: see normal.h.
#include "plugins/initializer/normal/normal.h"

#include <QObject>

class NormalInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::normalMatrix(matrix);
    }
};

#include "normal_plugin.moc"
