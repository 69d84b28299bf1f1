// JSON Lines: one document a line. Reads line by line; a line over the limit is passed by without being held.
// Thread: safe.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class JsonLinesReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

}  // namespace athanor::corpus
