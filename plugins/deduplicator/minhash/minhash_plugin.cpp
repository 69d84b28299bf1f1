// Glue: what the loader sees of deduplicator.minhash.
#include "plugins/deduplicator/minhash/minhash.h"

#include <QObject>

namespace athanor::corpus {

class MinhashDeduplicatorPlugin final : public QObject, public MinhashDeduplicator {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Deduplicator/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Deduplicator)
};

}  // namespace athanor::corpus

#include "minhash_plugin.moc"
