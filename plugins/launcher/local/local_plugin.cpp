// Glue: the plugin "launcher.local".
#include "core/job/queue.h"
#include "plugins/launcher/local/local.h"

#include <QObject>

class LocalLauncherPlugin : public QObject, public athanor::job::Launcher {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Launcher/1" FILE "plugin.json")
    Q_INTERFACES(athanor::job::Launcher)

public:
    athanor::Status launch(const QString &jobPath) override { return athanor::launcher::launchWorker(jobPath); }
};

#include "local_plugin.moc"
