#include "core/tokenizer/statistics.h"

#include "core/tokenizer/sentencepiece_model.h"

#include <QJsonArray>

#include <algorithm>

namespace athanor::tokenizer {

bool isByteToken(const Tokenizer &tokenizer, TokenId id)
{
    return byteOfPiece(tokenizer.tokenText(id).toUtf8()) >= 0 && tokenizer.tokenBytes(id).size() == 1;
}

TokenizerStatistics statistics(const Tokenizer &tokenizer, int longestCount, int histogramSize)
{
    TokenizerStatistics result;
    result.vocabulary = tokenizer.vocabularySize();
    result.lengthHistogram.fill(0, std::max(2, histogramSize));
    std::vector<std::pair<qsizetype, TokenId>> lengths;
    qint64 bytes = 0;
    for (TokenId id = 0; id < result.vocabulary; ++id) {
        const qsizetype length = tokenizer.tokenBytes(id).size();
        if (length == 0) {
            ++result.controlTokens;
        } else if (isByteToken(tokenizer, id)) {
            ++result.byteTokens;
        } else {
            ++result.textTokens;
            bytes += length;
            ++result.lengthHistogram[std::min(length, result.lengthHistogram.size() - 1)];
            lengths.emplace_back(length, id);
        }
    }
    std::stable_sort(lengths.begin(), lengths.end(), [](const auto &a, const auto &b) { return a.first > b.first; });
    for (size_t i = 0; i < lengths.size() && static_cast<int>(i) < longestCount; ++i)
        result.longest.append(lengths[i].second);
    result.meanBytes = result.textTokens > 0 ? static_cast<double>(bytes) / result.textTokens : 0;
    return result;
}

Coverage coverage(const Tokenizer &tokenizer, QByteArrayView text)
{
    Coverage result{1, text.size(), 0, 0};
    for (const TokenId id : tokenizer.encode(text)) {
        ++result.tokens;
        result.byteTokens += isByteToken(tokenizer, id);
    }
    return result;
}

Coverage &operator+=(Coverage &sum, const Coverage &more)
{
    sum.documents += more.documents;
    sum.bytes += more.bytes;
    sum.tokens += more.tokens;
    sum.byteTokens += more.byteTokens;
    return sum;
}

qint64 firstDifference(const Tokenizer &tokenizer, QByteArrayView text)
{
    const QByteArray back = tokenizer.decode(tokenizer.encode(text));
    const auto [expected, found] = std::mismatch(text.begin(), text.end(), back.begin(), back.end());
    return expected == text.end() && found == back.end() ? -1 : expected - text.begin();
}

QJsonObject toJson(const Tokenizer &tokenizer, const TokenizerStatistics &statistics)
{
    QJsonArray histogram;
    for (const qint32 count : statistics.lengthHistogram)
        histogram.append(count);
    QJsonArray longest;
    for (const TokenId id : statistics.longest)
        longest.append(tokenizer.tokenText(id));
    return {{QStringLiteral("vocabulary"), statistics.vocabulary},
            {QStringLiteral("byteTokens"), statistics.byteTokens},
            {QStringLiteral("controlTokens"), statistics.controlTokens},
            {QStringLiteral("textTokens"), statistics.textTokens},
            {QStringLiteral("meanBytes"), statistics.meanBytes},
            {QStringLiteral("lengthHistogram"), histogram},
            {QStringLiteral("longest"), longest}};
}

}  // namespace athanor::tokenizer
