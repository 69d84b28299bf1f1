// Glue: see one_cycle.h.
#include "plugins/schedule/one_cycle/one_cycle.h"

#include <QObject>

class OneCycleSchedulePlugin final : public QObject, public athanor::train::Schedule {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Schedule/1" FILE "plugin.json")
    Q_INTERFACES(athanor::model::Schedule)

public:
    double factor(qint64 step, const athanor::train::ScheduleSettings &settings) const override
    {
        return athanor::train::oneCycleFactor(step, settings);
    }
};

#include "one_cycle_plugin.moc"
