// Glue: what the loader sees of reader.docx.
#include "plugins/reader/docx/docx.h"

#include <QObject>

namespace athanor::corpus {

class DocxReaderPlugin final : public QObject, public DocxReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "docx_plugin.moc"
