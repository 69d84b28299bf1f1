// Glue: see kaiming_normal.h.
#include "plugins/initializer/kaiming_normal/kaiming_normal.h"

#include <QObject>

class KaimingNormalInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::kaimingNormalMatrix(matrix);
    }
};

#include "kaiming_normal_plugin.moc"
