// Glue: see sgd.h.
#include "plugins/optimizer/sgd/sgd.h"

#include <QObject>

class SgdOptimizerPlugin final : public QObject, public athanor::train::OptimizerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Optimizer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::OptimizerPlugin)

public:
    athanor::Result<std::unique_ptr<athanor::train::Optimizer>>
    create(std::vector<athanor::train::TrainedParameter> &parameters, const QJsonObject &settings) override
    {
        using namespace athanor::train;
        return std::unique_ptr<Optimizer>(std::make_unique<Sgd>(parameters, sgdOptions(settings)));
    }
};

#include "sgd_plugin.moc"
