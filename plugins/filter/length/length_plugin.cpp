// Glue: what the loader sees of filter.length.
#include "plugins/filter/length/length.h"

#include <QObject>

namespace athanor::corpus {

class LengthFilterPlugin final : public QObject, public LengthFilter {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Filter/2" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Filter)
};

}  // namespace athanor::corpus

#include "length_plugin.moc"
