// Plain text and Markdown. A file in UTF-8 is read in parts, so that its size does not matter; one in another encoding
// must fit in 64 MiB. Thread: safe.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class TextReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

}  // namespace athanor::corpus
