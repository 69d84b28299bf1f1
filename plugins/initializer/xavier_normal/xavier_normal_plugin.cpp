// Glue: see xavier_normal.h.
#include "plugins/initializer/xavier_normal/xavier_normal.h"

#include <QObject>

class XavierNormalInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::xavierNormalMatrix(matrix);
    }
};

#include "xavier_normal_plugin.moc"
