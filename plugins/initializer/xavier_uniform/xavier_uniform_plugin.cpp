// Glue: see xavier_uniform.h.
#include "plugins/initializer/xavier_uniform/xavier_uniform.h"

#include <QObject>

class XavierUniformInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::xavierUniformMatrix(matrix);
    }
};

#include "xavier_uniform_plugin.moc"
