// Role: the reader's side of token shards. Everything that the files say is checked against their lengths before it is
// used; after open() no access can leave the maps. Thread: const after open, safe from many threads.
#include "core/tokenizer/token_shard.h"

#include "core/base/atomic_file.h"
#include "core/tokenizer/mapped_shard.h"
#include "core/tokenizer/shard_format.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonArray>

#include <algorithm>
#include <cstring>
#include <sys/mman.h>
#include <unistd.h>

namespace athanor::tokenizer {

namespace {

constexpr qint64 kMostShards = 100000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> corrupt(const QString &file, const QString &what)
{
    return damagedTokens(file, what);
}

using Map = MappedShard;

Status checkHash(const Map &map, const QString &expected)
{
    return map.sha256() == expected ? Status() : Status(corrupt(map.file->fileName(), tr("its checksum is not the recorded one")));
}

}  // namespace

struct TokenShards::Impl {
    QJsonObject facts;
    qint64 tokens = 0;
    qint64 documents = 0;
    qint64 bytes = 0;
    int width = 2;
    qint64 vocabulary = 0;
    std::vector<Map> shards;
    std::vector<qint64> firsts;  // first token of each shard, then the end
    Map index;

    Status readFacts(const QString &folder);
    Status readShards(const QString &folder, bool verify);
    Status readIndex(const QString &folder, bool verify);
    Status checkIds() const;
    qint64 record(qint64 document, qint64 field) const
    {
        const qint64 at = kIndexHeaderBytes + document * kIndexRecordBytes + field * 8;
        return static_cast<qint64>(littleEndian64(index.bytes + at));
    }
    void copyFrom(size_t shard, qint64 offset, qint64 count, qint64 *destination) const;
    /// Calls `use` with shard, offset in it and count for each part of a stretch of tokens.
    template <typename Use> void forParts(qint64 first, qint64 count, Use use) const;
};

Status TokenShards::Impl::readFacts(const QString &folder)
{
    const QString file = folder + QLatin1Char('/') + QLatin1String(kFactsFile);
    if (!QFile::exists(file))
        return fail(ErrorCode::NotFound, tr("There are no prepared tokens in “%1”.").arg(folder));
    auto read = readJsonFile(file);
    if (!read)
        return read.error().code == ErrorCode::Corrupt ? Status(corrupt(file, tr("it is not JSON"))) : Status(fail(read.error()));
    facts = *read;
    const int format = facts.value(QLatin1String("format")).toInt();
    if (format > kTokenFormat)
        return fail(ErrorCode::NewerVersion, tr("The prepared tokens in “%1” were written by a newer Athanor.").arg(folder),
                    tr("Update this program, or delete the folder."));
    tokens = facts.value(QLatin1String("tokens")).toInteger(-1);
    documents = facts.value(QLatin1String("documents")).toInteger(-1);
    bytes = facts.value(QLatin1String("bytes")).toInteger(-1);
    width = facts.value(QLatin1String("width")).toInt();
    vocabulary = facts.value(QLatin1String("vocabulary")).toInteger(-1);
    const bool usable = format == kTokenFormat && tokens >= 0 && documents >= 0 && bytes >= 0 && vocabulary > 0
                        && (width == 2 || width == 4) && (width == 4 || vocabulary <= 65536);
    return usable ? Status() : Status(corrupt(file, tr("an entry is missing or impossible")));
}

Status TokenShards::Impl::readShards(const QString &folder, bool verify)
{
    const QJsonArray list = facts.value(QLatin1String("shards")).toArray();
    if (list.size() > kMostShards)
        return corrupt(folder, tr("it lists %1 files").arg(list.size()));
    firsts.push_back(0);
    for (int i = 0; i < list.size(); ++i) {
        const QJsonObject entry = list.at(i).toObject();
        const QString name = entry.value(QLatin1String("file")).toString();
        const qint64 count = entry.value(QLatin1String("tokens")).toInteger(-1);
        if (name != shardName(i) || count < 0 || count > tokens - firsts.back())
            return corrupt(folder, tr("its list of files is wrong at “%1”").arg(name));
        ATHANOR_ASSIGN(Map map, mapShard(folder + QLatin1Char('/') + name));
        // Divided, since the product of an invented count would wrap around.
        if (map.size % width != 0 || count != map.size / width)
            return corrupt(map.file->fileName(), tr("it has %1 bytes, which are not %2 tokens").arg(map.size).arg(count));
        if (verify)
            ATHANOR_TRY(checkHash(map, entry.value(QLatin1String("sha256")).toString()));
        shards.push_back(std::move(map));
        firsts.push_back(firsts.back() + count);
    }
    if (firsts.back() != tokens)
        return corrupt(folder, tr("its files hold %1 tokens instead of %2").arg(firsts.back()).arg(tokens));
    return verify ? checkIds() : Status();
}

Status TokenShards::Impl::checkIds() const
{
    std::vector<qint64> block(1 << 16);
    for (size_t shard = 0; shard < shards.size(); ++shard) {
        const qint64 count = firsts[shard + 1] - firsts[shard];
        for (qint64 at = 0; at < count; at += static_cast<qint64>(block.size())) {
            const qint64 part = std::min<qint64>(count - at, static_cast<qint64>(block.size()));
            copyFrom(shard, at, part, block.data());
            if (*std::max_element(block.begin(), block.begin() + part) >= vocabulary)
                return corrupt(shards[shard].file->fileName(), tr("it holds a token that the vocabulary does not have"));
        }
    }
    return {};
}

Status TokenShards::Impl::readIndex(const QString &folder, bool verify)
{
    ATHANOR_ASSIGN(index, mapShard(folder + QLatin1Char('/') + QLatin1String(kIndexFile)));
    const QString name = index.file->fileName();
    if (index.size < kIndexHeaderBytes || std::memcmp(index.bytes, kIndexMagic, sizeof kIndexMagic) != 0)
        return corrupt(name, tr("it does not begin as it should"));
    // documents ≤ size / 16 makes the product safe
    if (documents > index.size / kIndexRecordBytes || index.size != kIndexHeaderBytes + documents * kIndexRecordBytes
        || static_cast<qint64>(littleEndian64(index.bytes + 8)) != documents)
        return corrupt(name, tr("it does not hold %1 documents").arg(documents));
    if (verify)
        ATHANOR_TRY(checkHash(index, facts.value(QLatin1String("indexSha256")).toString()));
    qint64 previous = 0;
    qint64 sum = 0;
    for (qint64 i = 0; i < documents; ++i) {
        const qint64 first = record(i, 0);
        const qint64 size = record(i, 1);
        if (first < previous || first > tokens || (i == 0 && first != 0) || size < 0 || size > bytes - sum)
            return corrupt(name, tr("document %1 lies outside the tokens").arg(i));
        previous = first;
        sum += size;
    }
    return sum == bytes ? Status() : Status(corrupt(name, tr("its sizes do not add up")));
}

void TokenShards::Impl::copyFrom(size_t shard, qint64 offset, qint64 count, qint64 *destination) const
{
    const uchar *at = shards[shard].bytes + offset * width;
    if (width == 2) {
        for (qint64 i = 0; i < count; ++i, at += 2)
            destination[i] = at[0] | at[1] << 8;
        return;
    }
    for (qint64 i = 0; i < count; ++i, at += 4)
        destination[i] = static_cast<qint64>(static_cast<quint32>(at[0]) | static_cast<quint32>(at[1]) << 8
                                             | static_cast<quint32>(at[2]) << 16 | static_cast<quint32>(at[3]) << 24);
}

Result<TokenShards> TokenShards::open(const QString &folder, bool verify)
{
    auto impl = std::make_unique<Impl>();
    ATHANOR_TRY(impl->readFacts(folder));
    ATHANOR_TRY(impl->readShards(folder, verify));
    ATHANOR_TRY(impl->readIndex(folder, verify));
    return TokenShards(std::move(impl));
}

TokenShards::TokenShards(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
TokenShards::TokenShards(TokenShards &&) noexcept = default;
TokenShards::~TokenShards() = default;

const QJsonObject &TokenShards::facts() const
{
    return m_impl->facts;
}
qint64 TokenShards::tokenCount() const
{
    return m_impl->tokens;
}
qint64 TokenShards::documentCount() const
{
    return m_impl->documents;
}
qint64 TokenShards::textBytes() const
{
    return m_impl->bytes;
}

template <typename Use> void TokenShards::Impl::forParts(qint64 first, qint64 count, Use use) const
{
    Q_ASSERT(first >= 0 && count >= 0 && count <= tokens && first <= tokens - count);
    auto shard = static_cast<size_t>(std::upper_bound(firsts.begin(), firsts.end(), first) - firsts.begin()) - 1;
    while (count > 0) {
        const qint64 part = std::min(count, firsts[shard + 1] - first);
        use(shard, first - firsts[shard], part);
        first += part;
        count -= part;
        ++shard;
    }
}

void TokenShards::copy(qint64 first, qint64 count, qint64 *destination) const
{
    m_impl->forParts(first, count, [&](size_t shard, qint64 offset, qint64 part) {
        m_impl->copyFrom(shard, offset, part, destination);
        destination += part;
    });
}

void TokenShards::willNeed(qint64 first, qint64 count) const
{
    static const auto page = static_cast<quintptr>(::sysconf(_SC_PAGESIZE));
    m_impl->forParts(first, count, [&](size_t shard, qint64 offset, qint64 part) {
        const auto begin = reinterpret_cast<quintptr>(m_impl->shards[shard].bytes + offset * m_impl->width);
        const quintptr aligned = begin / page * page;
        ::madvise(reinterpret_cast<void *>(aligned), begin - aligned + static_cast<size_t>(part * m_impl->width), MADV_WILLNEED);
    });
}

qint64 TokenShards::documentFirstToken(qint64 document) const
{
    return m_impl->record(document, 0);
}

qint64 TokenShards::documentBytes(qint64 document) const
{
    return m_impl->record(document, 1);
}

}  // namespace athanor::tokenizer
