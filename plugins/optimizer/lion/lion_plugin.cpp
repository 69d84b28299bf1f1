// Glue: see lion.h.
#include "plugins/optimizer/lion/lion.h"

#include <QObject>

class LionOptimizerPlugin final : public QObject, public athanor::train::OptimizerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Optimizer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::OptimizerPlugin)

public:
    athanor::Result<std::unique_ptr<athanor::train::Optimizer>>
    create(std::vector<athanor::train::TrainedParameter> &parameters, const QJsonObject &settings) override
    {
        using namespace athanor::train;
        return std::unique_ptr<Optimizer>(std::make_unique<Lion>(parameters, lionOptions(settings)));
    }
};

#include "lion_plugin.moc"
