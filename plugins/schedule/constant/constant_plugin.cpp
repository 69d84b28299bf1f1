// Glue: see constant.h.
#include "plugins/schedule/constant/constant.h"

#include <QObject>

class ConstantSchedulePlugin final : public QObject, public athanor::train::Schedule {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Schedule/1" FILE "plugin.json")
    Q_INTERFACES(athanor::model::Schedule)

public:
    double factor(qint64 step, const athanor::train::ScheduleSettings &settings) const override
    {
        return athanor::train::constantFactor(step, settings);
    }
};

#include "constant_plugin.moc"
