// Glue: what the loader sees of cleaner.unicode.
#include "plugins/cleaner/unicode/unicode.h"

#include <QObject>

namespace athanor::corpus {

class UnicodeCleanerPlugin final : public QObject, public UnicodeCleaner {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Cleaner/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Cleaner)
};

}  // namespace athanor::corpus

#include "unicode_plugin.moc"
