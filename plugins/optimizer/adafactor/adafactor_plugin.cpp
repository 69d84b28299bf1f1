// Glue: see adafactor.h.
#include "plugins/optimizer/adafactor/adafactor.h"

#include <QObject>

class AdafactorOptimizerPlugin final : public QObject, public athanor::train::OptimizerPlugin {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Optimizer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::OptimizerPlugin)

public:
    athanor::Result<std::unique_ptr<athanor::train::Optimizer>>
    create(std::vector<athanor::train::TrainedParameter> &parameters, const QJsonObject &settings) override
    {
        using namespace athanor::train;
        return std::unique_ptr<Optimizer>(std::make_unique<Adafactor>(parameters, adafactorOptions(settings)));
    }
};

#include "adafactor_plugin.moc"
