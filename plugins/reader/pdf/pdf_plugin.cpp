// Glue: what the loader sees of reader.pdf.
#include "plugins/reader/pdf/pdf.h"

#include <QObject>

namespace athanor::corpus {

class PdfReaderPlugin final : public QObject, public PdfReader {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Reader/1" FILE "plugin.json")
    Q_INTERFACES(athanor::corpus::Reader)
};

}  // namespace athanor::corpus

#include "pdf_plugin.moc"
