// Glue: see inverse_sqrt.h.
#include "plugins/schedule/inverse_sqrt/inverse_sqrt.h"

#include <QObject>

class InverseSqrtSchedulePlugin final : public QObject, public athanor::train::Schedule {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Schedule/1" FILE "plugin.json")
    Q_INTERFACES(athanor::model::Schedule)

public:
    double factor(qint64 step, const athanor::train::ScheduleSettings &settings) const override
    {
        return athanor::train::inverseSqrtFactor(step, settings);
    }
};

#include "inverse_sqrt_plugin.moc"
