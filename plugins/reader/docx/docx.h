// docx to text: a zip file with XML in it. Nothing is unpacked to disk. Limits: 10,000 entries, 64 MiB of document text
// in XML, 200 times its size. Runs in a reader process. Thread: safe.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class DocxReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

/// word/document.xml of the archive. Errors: encrypted, bomb, broken, truncated, format.
Result<QByteArray> documentXml(const QString &file);
/// The text of WordprocessingML. Error: broken.
Result<QByteArray> wordText(const QByteArray &xml);

}  // namespace athanor::corpus
