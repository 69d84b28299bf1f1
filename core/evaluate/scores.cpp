// See scores.h.
#include "core/evaluate/scores.h"

#include <cmath>
#include <limits>

namespace athanor::evaluate {
namespace {

constexpr double kNan = std::numeric_limits<double>::quiet_NaN();

double ratio(double above, qint64 below) { return below > 0 ? above / double(below) : kNan; }
QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }

}  // namespace

LikelihoodSum &LikelihoodSum::operator+=(const LikelihoodSum &other)
{
    negativeLogLikelihood += other.negativeLogLikelihood;
    tokens += other.tokens;
    bytes += other.bytes;
    characters += other.characters;
    documents += other.documents;
    return *this;
}

Scores scoresOf(const LikelihoodSum &sum)
{
    const double bits = sum.negativeLogLikelihood / std::log(2.0);
    const double loss = ratio(sum.negativeLogLikelihood, sum.tokens);
    return {loss, std::exp(loss), ratio(bits, sum.bytes), ratio(bits, sum.characters)};
}

double bitsPerByteFromLoss(double lossPerToken, double tokensPerByte)
{
    return lossPerToken / std::log(2.0) * tokensPerByte;
}

qint64 countCodePoints(QByteArrayView utf8)
{
    qint64 count = 0;
    for (const char byte : utf8)
        count += (static_cast<unsigned char>(byte) & 0xC0) != 0x80;
    return count;
}

QJsonObject toJson(const LikelihoodSum &sum, const Scores &scores)
{
    return {{QStringLiteral("loss"), numberOrNull(scores.loss)},
            {QStringLiteral("perplexity"), numberOrNull(scores.perplexity)},
            {QStringLiteral("bitsPerByte"), numberOrNull(scores.bitsPerByte)},
            {QStringLiteral("bitsPerCharacter"), numberOrNull(scores.bitsPerCharacter)},
            {QStringLiteral("bytes"), sum.bytes},
            {QStringLiteral("characters"), sum.characters},
            {QStringLiteral("tokens"), sum.tokens},
            {QStringLiteral("documents"), sum.documents}};
}

}  // namespace athanor::evaluate
