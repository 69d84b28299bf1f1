#include "core/tokenizer/measure.h"

#include "core/base/machine.h"
#include "core/base/parallel.h"
#include "core/text/language.h"

#include <QCoreApplication>

namespace athanor::tokenizer {

namespace {

constexpr qint64 kBatchBytes = qint64(4) << 20;
constexpr qint64 kWithoutValidation = qint64(4) << 20;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Seen {
    QString language;
    Coverage coverage;
    qint64 difference = -1;
};

Seen look(const Tokenizer &tokenizer, const QByteArray &text)
{
    return {text::guessLanguage(text).language, coverage(tokenizer, text), firstDifference(tokenizer, text)};
}

Result<std::vector<Seen>> lookAtAll(const Tokenizer &tokenizer, const std::vector<corpus::CorpusDocument> &documents)
{
    std::vector<Seen> seen(documents.size());
    ATHANOR_TRY(forEachIndex(static_cast<qint64>(documents.size()), machineFacts().coreCount, [] { return Status(); },
                             [&](qint64 i) -> Status {
                                 seen[static_cast<size_t>(i)] = look(tokenizer, documents[static_cast<size_t>(i)].text);
                                 return {};
                             }));
    return seen;
}

void addSeen(Measurement &result, const corpus::CorpusDocument &document, const Seen &seen)
{
    result.all += seen.coverage;
    result.languages[seen.language] += seen.coverage;
    if (seen.difference < 0 || !result.isLossless)
        return;
    result.isLossless = false;
    result.firstDifference = {{QStringLiteral("document"), document.id},
                              {QStringLiteral("path"), document.path},
                              {QStringLiteral("byte"), seen.difference}};
}

}  // namespace

Result<Measurement> measureOnCorpus(const Tokenizer &tokenizer, const corpus::CorpusReader &corpus, ProgressSink &progress,
                                    const CancelToken &cancel)
{
    Measurement result;
    const bool hasValidation = corpus.documentCount(QStringLiteral("validation")) > 0;
    result.split = hasValidation ? QStringLiteral("validation") : QStringLiteral("train");
    const qint64 count = corpus.documentCount(result.split);
    const qint64 total = hasValidation ? corpus.byteCount(result.split) : std::min(kWithoutValidation, corpus.byteCount(result.split));
    std::vector<corpus::CorpusDocument> batch;
    qint64 batchBytes = 0;
    for (qint64 i = 0; i < count; ++i) {
        ATHANOR_ASSIGN(corpus::CorpusDocument document, corpus.document(result.split, i));
        batchBytes += document.text.size();
        batch.push_back(std::move(document));
        const bool isLast = i + 1 == count || result.all.bytes + batchBytes >= total;
        if (!isLast && batchBytes < kBatchBytes)
            continue;
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("Stopped while checking the tokenizer; it is not kept."));
        ATHANOR_ASSIGN(const std::vector<Seen> seen, lookAtAll(tokenizer, batch));
        for (size_t j = 0; j < batch.size(); ++j)
            addSeen(result, batch[j], seen[j]);
        batch.clear();
        batchBytes = 0;
        progress.report({tr("Checking on held-out text"), result.all.bytes, total, QStringLiteral("bytes")});
        if (!hasValidation && result.all.bytes >= total)
            break;
    }
    return result;
}

}  // namespace athanor::tokenizer
