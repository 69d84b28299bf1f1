// Glue: the plugin "filter.capitals".
#include "capitals.h"

#include <QObject>

class CapitalsPlugin : public QObject, public athanor::corpus::Filter {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Filter/2" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Filter)

public:
    athanor::Result<std::unique_ptr<athanor::corpus::FilterRun>> start(const QJsonObject &settings) const override
    {
        return athanor::filter::startCapitals(settings);
    }
};

#include "capitals_plugin.moc"
