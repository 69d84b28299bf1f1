#include "plugins/deduplicator/minhash/minhash.h"

#include "core/text/segment.h"

#include <QCoreApplication>

#include <algorithm>
#include <numeric>
#include <unordered_map>

namespace athanor::corpus {

namespace {

constexpr size_t kPhraseWords = 5;
constexpr size_t kMostInBucket = 2000;  // compared with the first of a larger bucket only

struct Permutations {
    MinhashSignature factor{}, offset{};
    Permutations()
    {
        quint64 state = 0x2545f4914f6cdd1dull;
        const auto next = [&state] {
            state ^= state << 13;
            state ^= state >> 7;
            state ^= state << 17;
            return static_cast<quint32>(state >> 32);
        };
        for (size_t i = 0; i < factor.size(); ++i) {
            factor[i] = next() | 1;
            offset[i] = next();
        }
    }
};

/// The innermost loop of all: 112 multiplications and minima a phrase, eight at a time where AVX2 is there.
__attribute__((target_clones("avx2", "default"))) void takeMinima(quint32 *__restrict signature, const quint32 *__restrict factor,
                                                                  const quint32 *__restrict offset, const quint32 *phrases, size_t count)
{
    for (size_t p = 0; p < count; ++p) {
        const quint32 phrase = phrases[p];
        for (size_t i = 0; i < MinhashSignature().size(); ++i) {
            const quint32 value = phrase * factor[i] + offset[i];
            signature[i] = value < signature[i] ? value : signature[i];
        }
    }
}

std::vector<quint32> phrasesOf(QByteArrayView text)
{
    std::vector<quint64> hashes;
    for (const QByteArrayView word : text::words(text))
        hashes.push_back(text::hash64(word));
    std::vector<quint32> phrases;
    const size_t length = std::min(kPhraseWords, hashes.size());
    for (size_t i = 0; length > 0 && i + length <= hashes.size(); ++i) {
        const QByteArrayView bytes(reinterpret_cast<const char *>(hashes.data() + i), qsizetype(length * sizeof(quint64)));
        phrases.push_back(static_cast<quint32>(text::hash64(bytes) >> 32));
    }
    return phrases;
}

class MinhashRun final : public DeduplicatorRun {
public:
    MinhashRun(double similarity, qint64 count)
        : m_similarity(similarity), m_signatures(static_cast<size_t>(count)), m_seen(static_cast<size_t>(count), 0), m_parent(static_cast<size_t>(count))
    {
    }

    void observe(const DocumentView &document) override
    {
        const auto index = static_cast<size_t>(document.index);
        m_signatures[index] = minhashSignature(document.text);
        m_seen[index] = !text::trimmed(document.text).isEmpty();
    }

    std::vector<Duplicate> duplicates() override
    {
        std::iota(m_parent.begin(), m_parent.end(), size_t(0));
        for (int band = 0; band < kMinhashBands; ++band)
            joinBand(band);
        std::vector<Duplicate> found;
        for (size_t i = 0; i < m_parent.size(); ++i) {
            const size_t first = rootOf(i);
            if (first == i)
                continue;
            const double share = minhashSimilarity(m_signatures[i], m_signatures[first]);
            found.push_back({static_cast<qint64>(i), static_cast<qint64>(first),
                             QCoreApplication::translate("athanor", "nearly the same as %1 (%2 % alike)").arg(QStringLiteral("%1"), QString::number(qRound(share * 100)))});
        }
        return found;
    }

private:
    /// Documents whose signatures agree in all rows of a band are candidates; the whole signatures decide.
    void joinBand(int band)
    {
        std::unordered_map<quint64, std::vector<size_t>> buckets;
        for (size_t i = 0; i < m_signatures.size(); ++i) {
            if (!m_seen[i])
                continue;
            const auto *rows = reinterpret_cast<const char *>(m_signatures[i].data() + band * kMinhashRows);
            std::vector<size_t> &bucket = buckets[text::hash64(QByteArrayView(rows, kMinhashRows * sizeof(quint32)), static_cast<quint64>(band))];
            const size_t compared = bucket.size() > kMostInBucket ? 1 : bucket.size();
            for (size_t k = 0; k < compared; ++k)
                if (rootOf(bucket[k]) != rootOf(i) && minhashSimilarity(m_signatures[bucket[k]], m_signatures[i]) >= m_similarity)
                    join(bucket[k], i);
            bucket.push_back(i);
        }
    }
    size_t rootOf(size_t i)
    {
        while (m_parent[i] != i)
            i = m_parent[i] = m_parent[m_parent[i]];
        return i;
    }
    /// The smallest index becomes the root: the outcome does not depend on the order of joining.
    void join(size_t a, size_t b)
    {
        const size_t first = rootOf(a), second = rootOf(b);
        m_parent[std::max(first, second)] = std::min(first, second);
    }

    double m_similarity;
    std::vector<MinhashSignature> m_signatures;
    std::vector<char> m_seen;  // not bool: written by many threads
    std::vector<size_t> m_parent;
};

}  // namespace

MinhashSignature minhashSignature(QByteArrayView text)
{
    static const Permutations permutations;
    MinhashSignature signature;
    signature.fill(~quint32(0));
    const std::vector<quint32> phrases = phrasesOf(text);
    takeMinima(signature.data(), permutations.factor.data(), permutations.offset.data(), phrases.data(), phrases.size());
    return signature;
}

double minhashSimilarity(const MinhashSignature &a, const MinhashSignature &b)
{
    int equal = 0;
    for (size_t i = 0; i < a.size(); ++i)
        equal += a[i] == b[i];
    return double(equal) / double(a.size());
}

Result<std::unique_ptr<DeduplicatorRun>> MinhashDeduplicator::start(const QJsonObject &settings, qint64 documentCount) const
{
    return std::make_unique<MinhashRun>(settings.value(QLatin1String("similarity")).toDouble(0.8), documentCount);
}

}  // namespace athanor::corpus
