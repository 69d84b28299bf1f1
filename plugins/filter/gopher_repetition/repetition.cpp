#include "plugins/filter/gopher_repetition/repetition.h"

#include "core/text/segment.h"

#include <bit>
#include <vector>

namespace athanor::corpus {

namespace {

constexpr quint64 kBase = 0x9ddfea08eb382d69ull;  // odd: multiplying loses nothing

/// An open table from hashes to counts, emptied in no time by raising its generation.
class CountTable {
public:
    void reset(size_t entries)
    {
        const size_t wanted = std::bit_ceil(std::max<size_t>(entries * 2, 64));
        if (wanted > m_slots.size()) {
            m_slots.assign(wanted, {});
            m_generation = 0;
        }
        m_mask = wanted - 1;
        ++m_generation;
    }
    /// The count before this one.
    quint32 add(quint64 hash)
    {
        for (size_t i = hash * 0x9e3779b97f4a7c15ull >> 20;; ++i) {
            Slot &slot = m_slots[i & m_mask];
            if (slot.generation != m_generation) {
                slot = {hash, m_generation, 1};
                return 0;
            }
            if (slot.hash == hash)
                return slot.count++;
        }
    }

private:
    struct Slot {
        quint64 hash = 0;
        quint32 generation = 0;
        quint32 count = 0;
    };
    std::vector<Slot> m_slots;
    size_t m_mask = 0;
    quint32 m_generation = 0;
};

struct PieceShares {
    double pieces = 0;
    double bytes = 0;
};

PieceShares duplicates(const std::vector<QByteArrayView> &pieces, CountTable &table)
{
    table.reset(pieces.size());
    qint64 count = 0, repeated = 0, bytes = 0, repeatedBytes = 0;
    for (const QByteArrayView whole : pieces) {
        const QByteArrayView piece = text::trimmed(whole);
        if (piece.isEmpty())
            continue;
        ++count;
        bytes += piece.size();
        if (table.add(text::hash64(piece)) == 0)
            continue;
        ++repeated;
        repeatedBytes += piece.size();
    }
    return count == 0 ? PieceShares{} : PieceShares{double(repeated) / double(count), double(repeatedBytes) / double(bytes)};
}

/// Running sums over the words: of hashes (a polynomial in kBase) and of bytes.
struct Words {
    std::vector<quint64> hashes{0};
    std::vector<qint64> bytes{0};
    size_t count() const { return hashes.size() - 1; }
    qint64 total() const { return bytes.back(); }
    quint64 hash(size_t start, size_t n, quint64 power) const { return hashes[start + n] - hashes[start] * power; }
    qint64 length(size_t start, size_t n) const { return bytes[start + n] - bytes[start]; }
};

Words hashWords(QByteArrayView text)
{
    const auto views = text::words(text);
    Words words;
    words.hashes.reserve(views.size() + 1);
    words.bytes.reserve(views.size() + 1);
    for (const QByteArrayView view : views) {
        words.hashes.push_back(words.hashes.back() * kBase + text::hash64(view));
        words.bytes.push_back(words.bytes.back() + view.size());
    }
    return words;
}

quint64 powerOf(size_t n)
{
    quint64 power = 1;
    for (size_t i = 0; i < n; ++i)
        power *= kBase;
    return power;
}

double topShare(const Words &words, size_t n, CountTable &table)
{
    if (words.count() < n)
        return 0;
    table.reset(words.count());
    const quint64 power = powerOf(n);
    qint64 most = 0;
    for (size_t i = 0; i + n <= words.count(); ++i) {
        const auto times = static_cast<qint64>(table.add(words.hash(i, n, power))) + 1;
        if (times > 1)
            most = std::max(most, times * words.length(i, n));
    }
    return double(most) / double(words.total());
}

/// As Gopher counts: a repeated n-gram is passed over as a whole, so that no byte counts twice.
double repeatedShare(const Words &words, size_t n, CountTable &table)
{
    if (words.count() < n)
        return 0;
    table.reset(words.count());
    const quint64 power = powerOf(n);
    qint64 repeated = 0;
    for (size_t i = 0; i + n <= words.count();) {
        if (table.add(words.hash(i, n, power)) > 0) {
            repeated += words.length(i, n);
            i += n;
        } else {
            ++i;
        }
    }
    return double(repeated) / double(words.total());
}

}  // namespace

Repetition measureRepetition(QByteArrayView text)
{
    static thread_local CountTable table;
    Repetition result;
    const PieceShares lines = duplicates(text::lines(text), table);
    const PieceShares paragraphs = duplicates(text::paragraphs(text), table);
    result.duplicateLines = lines.pieces;
    result.duplicateLineText = lines.bytes;
    result.duplicateParagraphs = paragraphs.pieces;
    result.duplicateParagraphText = paragraphs.bytes;
    const Words words = hashWords(text);
    for (size_t i = 0; i < result.top.size(); ++i)
        result.top[i] = topShare(words, i + 2, table);
    for (size_t i = 0; i < result.repeated.size(); ++i)
        result.repeated[i] = repeatedShare(words, i + 5, table);
    return result;
}

}  // namespace athanor::corpus
