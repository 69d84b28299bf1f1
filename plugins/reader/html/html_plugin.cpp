// Glue: what the loader sees of reader.html.
#include "plugins/reader/html/html.h"

#include <QObject>

namespace athanor::corpus {

class HtmlReaderPlugin final : public QObject, public HtmlReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "html_plugin.moc"
