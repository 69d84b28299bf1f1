// HTML to text. Limits: 32 MiB a page, elements nested 600 deep. Thread: safe.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class HtmlReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

/// A page that is already in memory.
Result<ReadDocument> htmlToText(const QByteArray &bytes, bool keepNavigation);

}  // namespace athanor::corpus
