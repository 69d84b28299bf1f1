// PDF to text through Poppler. Runs in a reader process: Poppler has no limits of its own. Thread: one per process.
#pragma once

#include "core/corpus/reader.h"

namespace athanor::corpus {

class PdfReader : public Reader {
public:
    Status read(const ReadRequest &request, ReadSink &sink) const override;
};

/// Joins "exam-" and "ple" at a line end when small letters stand on both sides.
QByteArray joinHyphens(const QByteArray &text);

}  // namespace athanor::corpus
