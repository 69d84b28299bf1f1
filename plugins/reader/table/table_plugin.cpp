// Glue: what the loader sees of reader.table.
#include "plugins/reader/table/table.h"

#include <QObject>

namespace athanor::corpus {

class TableReaderPlugin final : public QObject, public TableReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "table_plugin.moc"
