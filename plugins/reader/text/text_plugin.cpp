// Glue: what the loader sees of reader.text.
#include "plugins/reader/text/text.h"

#include <QObject>

namespace athanor::corpus {

class TextReaderPlugin final : public QObject, public TextReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "text_plugin.moc"
