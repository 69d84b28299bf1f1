// Glue: what the loader sees of filter.gopher_repetition.
#include "plugins/filter/gopher_repetition/gopher_repetition.h"

#include <QObject>

namespace athanor::corpus {

class GopherRepetitionFilterPlugin final : public QObject, public GopherRepetitionFilter {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Filter/2" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Filter)
};

}  // namespace athanor::corpus

#include "gopher_repetition_plugin.moc"
