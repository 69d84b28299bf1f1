// Glue: see linear.h.
#include "plugins/schedule/linear/linear.h"

#include <QObject>

class LinearSchedulePlugin final : public QObject, public athanor::train::Schedule {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Schedule/1" FILE "plugin.json")
    Q_INTERFACES(athanor::model::Schedule)

public:
    double factor(qint64 step, const athanor::train::ScheduleSettings &settings) const override
    {
        return athanor::train::linearFactor(step, settings);
    }
};

#include "linear_plugin.moc"
