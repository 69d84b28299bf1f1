// How a tokenizer does on text that it has not learned from. Private to the room. Thread: starts its own.
#pragma once

#include "core/corpus/corpus_file.h"
#include "core/tokenizer/statistics.h"

#include "core/base/progress.h"

#include <QMap>

namespace athanor::tokenizer {

struct Measurement {
    QString split;
    Coverage all;
    QMap<QString, Coverage> languages;
    bool isLossless = true;
    QJsonObject firstDifference;  // of the first document that does not come back unchanged
};

/// All documents of the validation part (of the training part, up to 4 MiB of it, when there is none).
Result<Measurement> measureOnCorpus(const Tokenizer &tokenizer, const corpus::CorpusReader &corpus, ProgressSink &progress,
                                    const CancelToken &cancel);

}  // namespace athanor::tokenizer
