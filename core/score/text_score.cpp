// See text_score.h.
#include "core/score/text_score.h"

#include "core/base/atomic_file.h"

#include <QCoreApplication>
#include <QElapsedTimer>

#include <deque>

namespace athanor::score {
namespace {

constexpr qint64 kLargestFile = qint64(2) << 30;

QString tr(const char *text) { return QCoreApplication::translate("athanor::score", text); }

/// At most `limit` bytes, never in the middle of a character.
QByteArray cutAtCharacter(QByteArray text, qint64 limit)
{
    if (text.size() <= limit)
        return text;
    while (limit > 0 && (static_cast<unsigned char>(text[limit]) & 0xC0) == 0x80)
        --limit;
    text.truncate(limit);
    return text;
}

QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

}  // namespace

Result<DocumentStream> splitStream(const corpus::CorpusReader &corpus, const QString &split, qint64 limitBytes, qint64 limitDocuments)
{
    const qint64 all = corpus.documentCount(split);
    const qint64 count = limitDocuments > 0 ? std::min(all, limitDocuments) : all;
    if (count <= 0)
        return fail(ErrorCode::NotFound, tr("The dataset has no documents in the part “%1”.").arg(split),
                    tr("Choose another part, or a text file."));
    DocumentStream stream;
    stream.documentCount = count;
    stream.byteCount = corpus.byteCount(split);
    if (count < all) {
        stream.byteCount = 0;
        for (qint64 i = 0; i < count; ++i) {
            ATHANOR_ASSIGN(const corpus::CorpusDocument document, corpus.document(split, i));
            stream.byteCount += document.text.size();
        }
    }
    if (limitBytes > 0)
        stream.byteCount = qMin(stream.byteCount, limitBytes);
    auto position = std::make_shared<qint64>(0);
    auto left = std::make_shared<qint64>(limitBytes > 0 ? limitBytes : std::numeric_limits<qint64>::max());
    stream.next = [&corpus, split, count, position, left, name = stream.name](QByteArray &text) -> Result<bool> {
        if (*position >= count || *left <= 0)
            return false;
        ATHANOR_ASSIGN(corpus::CorpusDocument document, corpus.document(split, (*position)++));
        *name = {document.id, document.path};
        text = cutAtCharacter(std::move(document.text), *left);
        *left -= qMax<qint64>(1, text.size());
        return true;
    };
    return stream;
}

Result<DocumentStream> fileStream(const QString &path, qint64 limitBytes)
{
    ATHANOR_ASSIGN(QByteArray text, readFile(path, kLargestFile));
    if (limitBytes > 0)
        text = cutAtCharacter(std::move(text), limitBytes);
    if (text.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("“%1” is empty.").arg(path), tr("Choose a file with text in it."));
    DocumentStream stream;
    stream.documentCount = 1;
    stream.byteCount = text.size();
    stream.name->path = path;
    auto given = std::make_shared<bool>(false);
    stream.next = [text, given](QByteArray &destination) -> Result<bool> {
        destination = text;
        return !std::exchange(*given, true);
    };
    return stream;
}

namespace {

/// Long documents go to the model in pieces of about a megabyte of tokens' text, so that progress moves.
Status addDocument(StreamScorer &scorer, const std::vector<qint32> &ids, const CancelToken &cancel,
                   const std::function<void(double)> &onShare)
{
    constexpr size_t kPiece = 16'384;
    for (size_t first = 0; first < ids.size(); first += kPiece) {
        if (cancel.isCancelled())
            return fail(ErrorCode::Cancelled, tr("The evaluation was stopped; nothing of it is kept."));
        const size_t last = std::min(ids.size(), first + kPiece);
        ATHANOR_TRY(scorer.add({ids.begin() + std::ptrdiff_t(first), ids.begin() + std::ptrdiff_t(last)}));
        onShare(double(last) / double(ids.size()));
    }
    return {};
}

/// Gives each document the losses of its tokens, as they come.
class PerDocument {
public:
    explicit PerDocument(std::function<void(const DocumentScore &)> onDocument) : m_onDocument(std::move(onDocument)) {}
    void add(DocumentScore score)
    {
        if (!m_onDocument)
            return;
        m_waiting.push_back(std::move(score));
        giveDone();
    }
    void take(double loss)
    {
        m_waiting.front().sum.negativeLogLikelihood += loss;
        ++m_taken;
        giveDone();
    }

private:
    void giveDone()
    {
        while (!m_waiting.empty() && m_taken == m_waiting.front().sum.tokens) {
            m_onDocument(m_waiting.front());
            m_waiting.pop_front();
            m_taken = 0;
        }
    }
    std::function<void(const DocumentScore &)> m_onDocument;
    std::deque<DocumentScore> m_waiting;
    qint64 m_taken = 0;  // tokens of the first one
};

}  // namespace

Result<TextScore> scoreText(network::Model &model, const tokenizer::Tokenizer &tokenizer,
                            const DocumentStream &documents, const StreamOptions &options, Baselines baselines,
                            ProgressSink &progress, const CancelToken &cancel,
                            const std::function<void(const DocumentScore &)> &onDocument)
{
    QElapsedTimer timer;
    timer.start();
    TextScore score;
    const qint32 end = tokenizer.endOfDocument();
    StreamScorer scorer(model, end >= 0 ? end : 0, options);
    PerDocument perDocument(onDocument);
    if (onDocument)
        scorer.setTokenLoss([&](double loss) { perDocument.take(loss); });
    std::optional<evaluate::CompressionBaselines> compressors;
    if (baselines == Baselines::GzipAndXz) {
        ATHANOR_ASSIGN(evaluate::CompressionBaselines made,
                       evaluate::CompressionBaselines::create(documents.byteCount));
        compressors.emplace(std::move(made));
    }
    const auto show = [&](double bytes) {
        progress.report({tr("Reading held-out text"), qint64(bytes), documents.byteCount, tr("bytes")});
    };
    QByteArray text;
    qint64 readTokens = 0;
    for (;;) {
        ATHANOR_ASSIGN(const bool hasMore, documents.next(text));
        if (!hasMore)
            break;
        std::vector<qint32> ids = tokenizer.encode(text);
        if (end >= 0)
            ids.push_back(end);
        perDocument.add({*documents.name, {0, qint64(ids.size()), text.size(), evaluate::countCodePoints(text), 1}});
        const double before = double(score.sum.bytes);
        ATHANOR_TRY(addDocument(scorer, ids, cancel, [&](double share) {
            const double tokens = double(readTokens) + share * double(ids.size());  // scored are those of full batches
            show((before + share * double(text.size())) * double(scorer.tokens()) / std::max(1.0, tokens));
        }));
        readTokens += qint64(ids.size());
        if (compressors)
            ATHANOR_TRY(compressors->add(text));
        score.sum.bytes += text.size();
        score.sum.characters += evaluate::countCodePoints(text);
        ++score.sum.documents;
    }
    ATHANOR_TRY(scorer.finish());
    score.sum.negativeLogLikelihood = scorer.negativeLogLikelihood();
    score.sum.tokens = scorer.tokens();
    if (score.sum.tokens == 0)
        return fail(ErrorCode::InvalidInput, tr("There is no text to evaluate."));
    if (!std::isfinite(score.sum.negativeLogLikelihood))
        return fail(ErrorCode::Diverged, tr("The model's output is not a number."),
                    tr("This checkpoint was broken by a training that diverged; choose an earlier one."));
    if (compressors) {
        ATHANOR_ASSIGN(score.compression, compressors->finish());
    }
    score.scores = evaluate::scoresOf(score.sum);
    score.seconds = double(timer.elapsed()) * 1e-3;
    return score;
}

QJsonObject toJson(const DocumentScore &score)
{
    const evaluate::Scores scores = evaluate::scoresOf(score.sum);
    QJsonObject object{{QStringLiteral("path"), score.name.path}, {QStringLiteral("bytes"), score.sum.bytes}, {QStringLiteral("tokens"), score.sum.tokens},
                       {QStringLiteral("loss"), numberOrNull(scores.loss)}, {QStringLiteral("bitsPerByte"), numberOrNull(scores.bitsPerByte)}};
    if (!score.name.id.isEmpty())
        object.insert(QStringLiteral("document"), score.name.id);
    return object;
}

QJsonObject toJson(const TextScore &score)
{
    QJsonObject object = evaluate::toJson(score.sum, score.scores);
    object.insert(QStringLiteral("seconds"), score.seconds);
    if (score.compression.bytes > 0) {
        object.insert(QStringLiteral("gzipBitsPerByte"), numberOrNull(score.compression.gzipBitsPerByte));
        object.insert(QStringLiteral("xzBitsPerByte"), numberOrNull(score.compression.xzBitsPerByte));
    }
    return object;
}

}  // namespace athanor::score
