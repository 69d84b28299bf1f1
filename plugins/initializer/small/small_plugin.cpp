// Glue: see small.h.
#include "plugins/initializer/small/small.h"

#include <QObject>

class SmallInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::smallMatrix(matrix);
    }
};

#include "small_plugin.moc"
