// Rows of CSV and TSV as records: JSON objects of texts, named by the first row. Quoted fields may hold separators, line
// breaks and doubled quotation marks (RFC 4180); a quotation mark inside a field that does not begin with one is itself.
// Reads piece by piece. Thread: safe.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class TableReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

}  // namespace athanor::corpus
