// Glue: what the loader sees of source.files.
#include "plugins/source/files/files.h"

#include <QObject>

namespace athanor::corpus {

class FilesSourcePlugin final : public QObject, public FilesSource {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Source/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Source)
};

}  // namespace athanor::corpus

#include "files_plugin.moc"
