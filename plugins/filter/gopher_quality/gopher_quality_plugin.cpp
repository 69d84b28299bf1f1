// Glue: what the loader sees of filter.gopher_quality.
#include "plugins/filter/gopher_quality/gopher_quality.h"

#include <QObject>

namespace athanor::corpus {

class GopherQualityFilterPlugin final : public QObject, public GopherQualityFilter {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Filter/2" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Filter)
};

}  // namespace athanor::corpus

#include "gopher_quality_plugin.moc"
