// Glue: what the loader sees of deduplicator.exact.
#include "plugins/deduplicator/exact/exact.h"

#include <QObject>

namespace athanor::corpus {

class ExactDeduplicatorPlugin final : public QObject, public ExactDeduplicator {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Deduplicator/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Deduplicator)
};

}  // namespace athanor::corpus

#include "exact_plugin.moc"
