#include "core/tokenizer/record_stream.h"

#include "core/base/parallel.h"

#include <future>

namespace athanor::tokenizer {

namespace {

constexpr qint64 kBatchBytes = qint64(2) << 20;
constexpr size_t kBatchRecords = 2048;
constexpr qint64 kPart = 32;  // records that a thread takes at once

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

struct Batch {
    std::vector<corpus::CorpusDocument> documents;
    std::vector<EncodedRecord> records;
};

Status encodeBatch(Batch &batch, const RecordEncoder &encoder, int threadCount, const CancelToken &cancel)
{
    const auto count = static_cast<qint64>(batch.documents.size());
    batch.records.resize(batch.documents.size());
    const auto stop = [&cancel]() -> Status {
        return cancel.isCancelled() ? Status(fail(ErrorCode::Cancelled, tr("Stopped while preparing records; nothing of them is kept."))) : Status();
    };
    return forEachIndex((count + kPart - 1) / kPart, threadCount, stop, [&](qint64 part) -> Status {
        for (qint64 i = part * kPart; i < std::min(count, (part + 1) * kPart); ++i)
            batch.records[static_cast<size_t>(i)] = encoder.encode(batch.documents[static_cast<size_t>(i)].text);
        return {};
    });
}

}  // namespace

// Reading the next batch overlaps encoding this one.
Status forEachRecord(const corpus::CorpusReader &corpus, const QString &split, const RecordEncoder &encoder, int threadCount,
                     ProgressSink &progress, const CancelToken &cancel, const TakeRecord &take)
{
    const qint64 count = corpus.documentCount(split);
    qint64 reading = 0, done = 0;
    const auto read = [&]() -> Result<Batch> {
        Batch batch;
        for (qint64 bytes = 0; reading < count && bytes < kBatchBytes && batch.documents.size() < kBatchRecords; ++reading) {
            ATHANOR_ASSIGN(corpus::CorpusDocument document, corpus.document(split, reading));
            bytes += document.text.size();
            batch.documents.push_back(std::move(document));
        }
        return batch;
    };
    progress.report({tr("Preparing records"), 0, count, tr("records")});
    ATHANOR_ASSIGN(Batch batch, read());
    while (!batch.documents.empty()) {
        auto encoding = std::async(std::launch::async, [&] { return encodeBatch(batch, encoder, std::max(1, threadCount), cancel); });
        auto following = read();
        ATHANOR_TRY(encoding.get());
        for (size_t i = 0; i < batch.records.size(); ++i)
            ATHANOR_TRY(take(done++, batch.documents[i], batch.records[i]));
        progress.report({tr("Preparing records"), done, count, tr("records")});
        if (!following)
            return fail(following.error());
        batch = std::move(*following);
    }
    return {};
}

}  // namespace athanor::tokenizer
