#include "core/tokenizer/record_summary.h"

#include "core/tokenizer/record_stream.h"

#include <QJsonArray>

#include <bit>

namespace athanor::tokenizer {

void RecordSummary::add(const corpus::CorpusDocument &document, const EncodedRecord &record)
{
    ++records;
    if (record.truncatedTokens > 0) {
        ++truncatedRecords;
        truncatedTokens += record.truncatedTokens;
    }
    if (!record.teaches()) {
        ++teachNothing;
        ++reasons[record.reasonTeachesNothing];
        if (examples.size() < kMostExamples)
            examples.push_back({document.id, document.path, record.reasonTeachesNothing});
        return;
    }
    const auto count = static_cast<qint64>(record.ids.size());
    ++teaching;
    tokens += count;
    learnedTokens += record.learnedTokens();
    const auto bits = static_cast<size_t>(std::bit_width(static_cast<quint64>(std::max<qint64>(count, 1))));
    ++distribution[std::min<size_t>(kBuckets, bits) - 1];
    if (record.label >= 0)
        ++labels[record.label];
    if (count > longest) {
        longest = count;
        longestId = document.id;
    }
}

QJsonObject RecordSummary::toJson() const
{
    QJsonArray why, named, lengths;
    for (const auto &[reason, count] : reasons) {
        if (why.size() < kMostExamples)
            why.append(QJsonObject{{QStringLiteral("reason"), reason}, {QStringLiteral("count"), count}});
    }
    for (const Example &example : examples)
        named.append(QJsonObject{{QStringLiteral("id"), example.id}, {QStringLiteral("path"), example.path}, {QStringLiteral("reason"), example.reason}});
    for (int i = 0; i < kBuckets; ++i)
        if (const qint64 count = distribution[static_cast<size_t>(i)])
            lengths.append(QJsonObject{{QStringLiteral("from"), qint64(1) << i}, {QStringLiteral("records"), count}});
    return {{QStringLiteral("records"), records},
            {QStringLiteral("teaching"), teaching},
            {QStringLiteral("tokens"), tokens},
            {QStringLiteral("learnedTokens"), learnedTokens},
            {QStringLiteral("truncatedRecords"), truncatedRecords},
            {QStringLiteral("truncatedTokens"), truncatedTokens},
            {QStringLiteral("teachNothing"), teachNothing},
            {QStringLiteral("reasons"), why},
            {QStringLiteral("examples"), named},
            {QStringLiteral("longest"), longest},
            {QStringLiteral("longestId"), longestId},
            {QStringLiteral("distribution"), lengths}};
}

Result<RecordSummary> summarizeRecords(const corpus::CorpusReader &corpus, const QString &split, const RecordEncoder &encoder,
                                       int threadCount, ProgressSink &progress, const CancelToken &cancel)
{
    RecordSummary summary;
    ATHANOR_TRY(forEachRecord(corpus, split, encoder, threadCount, progress, cancel,
                              [&](qint64, const corpus::CorpusDocument &document, const EncodedRecord &record) -> Status {
                                  summary.add(document, record);
                                  return {};
                              }));
    return summary;
}

}  // namespace athanor::tokenizer
