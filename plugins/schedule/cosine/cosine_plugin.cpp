// Glue: see cosine.h.
#include "plugins/schedule/cosine/cosine.h"

#include <QObject>

class CosineSchedulePlugin final : public QObject, public athanor::train::Schedule {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Schedule/1" FILE "plugin.json")
    Q_INTERFACES(athanor::model::Schedule)

public:
    double factor(qint64 step, const athanor::train::ScheduleSettings &settings) const override
    {
        return athanor::train::cosineFactor(step, settings);
    }
};

#include "cosine_plugin.moc"
