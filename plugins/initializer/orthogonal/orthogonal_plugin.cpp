// Glue: see orthogonal.h.
#include "plugins/initializer/orthogonal/orthogonal.h"

#include <QObject>

class OrthogonalInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::orthogonalMatrix(matrix);
    }
};

#include "orthogonal_plugin.moc"
