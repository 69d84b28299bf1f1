// Glue: see wsd.h.
#include "plugins/schedule/wsd/wsd.h"

#include <QObject>

class WsdSchedulePlugin final : public QObject, public athanor::train::Schedule {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Schedule/1" FILE "plugin.json")
    Q_INTERFACES(athanor::model::Schedule)

public:
    double factor(qint64 step, const athanor::train::ScheduleSettings &settings) const override
    {
        return athanor::train::wsdFactor(step, settings);
    }
};

#include "wsd_plugin.moc"
