// The records of a split, encoded by all cores and handed over in order. Private to the room. Limits: two batches are held.
// Thread: the caller's, and its own.
#pragma once

#include "core/tokenizer/record_summary.h"

#include <functional>

namespace athanor::tokenizer {

using TakeRecord = std::function<Status(qint64 index, const corpus::CorpusDocument &document, const EncodedRecord &record)>;

Status forEachRecord(const corpus::CorpusReader &corpus, const QString &split, const RecordEncoder &encoder, int threadCount,
                     ProgressSink &progress, const CancelToken &cancel, const TakeRecord &take);

}  // namespace athanor::tokenizer
