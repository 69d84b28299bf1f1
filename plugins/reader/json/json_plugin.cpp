// Glue: what the loader sees of reader.json.
#include "plugins/reader/json/json.h"

#include <QObject>

namespace athanor::corpus {

class JsonReaderPlugin final : public QObject, public JsonReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "json_plugin.moc"
