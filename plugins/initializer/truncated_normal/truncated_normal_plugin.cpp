// Glue: see truncated_normal.h.
#include "plugins/initializer/truncated_normal/truncated_normal.h"

#include <QObject>

class TruncatedNormalInitializerPlugin final : public QObject, public athanor::network::InitializerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Initializer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::network::InitializerPlugin)

public:
    torch::Tensor fill(const athanor::network::InitialMatrix &matrix) const override
    {
        return athanor::initializer::truncatedNormalMatrix(matrix);
    }
};

#include "truncated_normal_plugin.moc"
