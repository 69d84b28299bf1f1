// Glue: what the loader sees of cleaner.boilerplate.
#include "plugins/cleaner/boilerplate/boilerplate.h"

#include <QObject>

namespace athanor::corpus {

class BoilerplateCleanerPlugin final : public QObject, public BoilerplateCleaner {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Cleaner/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Cleaner)
};

}  // namespace athanor::corpus

#include "boilerplate_plugin.moc"
