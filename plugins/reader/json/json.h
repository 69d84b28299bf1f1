// Records in one JSON file: the elements of a list, or objects one after another (also JSON Lines under another name).
// Reads piece by piece; a record over the limit ends the file. Thread: safe.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class JsonReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

}  // namespace athanor::corpus
