// Glue: what the loader sees of reader.jsonl.
#include "plugins/reader/jsonl/jsonl.h"

#include <QObject>

namespace athanor::corpus {

class JsonLinesReaderPlugin final : public QObject, public JsonLinesReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "jsonl_plugin.moc"
