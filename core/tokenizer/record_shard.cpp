// Role: the reader's side of record shards. Everything that the files say is checked against their lengths before it is
// used; after open() no access can leave the maps. Thread: const after open, safe from many threads.
#include "core/tokenizer/record_shard.h"

#include "core/base/atomic_file.h"
#include "core/tokenizer/mapped_shard.h"
#include "core/tokenizer/record_format.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <cstring>

namespace athanor::tokenizer {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

quint32 littleEndian32(const uchar *at)
{
    return static_cast<quint32>(at[0]) | static_cast<quint32>(at[1]) << 8 | static_cast<quint32>(at[2]) << 16 | static_cast<quint32>(at[3]) << 24;
}

struct Entry {
    qint64 first, document, learnedBytes;
    qint32 label, learned;
};

}  // namespace

struct RecordShards::Impl {
    QString folder;
    QJsonObject facts;
    qint64 records = 0, tokens = 0, learned = 0, learnedBytes = 0, vocabulary = 0, labels = 0;
    int width = 2;
    MappedShard ids, learns, index;

    qint64 number(const char *key) const { return facts.value(QLatin1String(key)).toInteger(-1); }
    Status readFacts();
    Status map(const char *name, qint64 size, bool verify, MappedShard &into) const;
    Status checkIndex() const;
    Status checkIds() const;
    Entry entry(qint64 record) const
    {
        const uchar *at = index.bytes + kRecordIndexHeader + record * kRecordEntryBytes;
        return {static_cast<qint64>(littleEndian64(at)), static_cast<qint64>(littleEndian64(at + 8)), static_cast<qint64>(littleEndian64(at + 24)),
                static_cast<qint32>(littleEndian32(at + 16)), static_cast<qint32>(littleEndian32(at + 20))};
    }
    qint64 end(qint64 record) const { return record + 1 < records ? entry(record + 1).first : tokens; }
    qint64 id(qint64 token) const
    {
        const uchar *at = ids.bytes + token * width;
        return width == 2 ? at[0] | at[1] << 8 : static_cast<qint64>(littleEndian32(at));
    }
};

Status RecordShards::Impl::readFacts()
{
    const QString file = folder + QLatin1Char('/') + QLatin1String(kRecordFactsFile);
    if (!QFile::exists(file))
        return fail(ErrorCode::NotFound, tr("There are no prepared records in “%1”.").arg(folder));
    auto read = readJsonFile(file);
    if (!read)
        return read.error().code == ErrorCode::Corrupt ? Status(damagedTokens(file, tr("it is not JSON"))) : Status(fail(read.error()));
    facts = *read;
    const qint64 format = number("format");
    if (format > kRecordFormat)
        return fail(ErrorCode::NewerVersion, tr("The prepared records in “%1” were written by a newer Athanor.").arg(folder),
                    tr("Update this program, or delete the folder."));
    records = number("records");
    tokens = number("tokens");
    learned = number("learnedTokens");
    learnedBytes = number("learnedBytes");
    vocabulary = number("vocabulary");
    width = static_cast<int>(number("width"));
    labels = facts.value(QLatin1String("labels")).toArray().size();
    constexpr qint64 kMost = qint64(1) << 48;  // keeps every product below safe
    const bool usable = format == kRecordFormat && records > 0 && records <= tokens && tokens < kMost && learned >= 0 && learned <= tokens
                        && learnedBytes >= 0 && vocabulary > 0 && (width == 4 || (width == 2 && vocabulary <= 65536));
    return usable ? Status() : Status(damagedTokens(file, tr("an entry is missing or impossible")));
}

Status RecordShards::Impl::map(const char *name, qint64 size, bool verify, MappedShard &into) const
{
    const QString path = folder + QLatin1Char('/') + QLatin1String(name);
    ATHANOR_ASSIGN(into, mapShard(path));
    if (into.size != size)
        return damagedTokens(path, tr("it has %1 bytes instead of %2").arg(into.size).arg(size));
    const QString expected = facts.value(QLatin1String("files")).toObject().value(QLatin1String(name)).toObject().value(QLatin1String("sha256")).toString();
    return !verify || into.sha256() == expected ? Status() : Status(damagedTokens(path, tr("its checksum is not the recorded one")));
}

Status RecordShards::Impl::checkIndex() const
{
    const QString name = index.file->fileName();
    if (std::memcmp(index.bytes, kRecordIndexMagic, sizeof kRecordIndexMagic) != 0 || static_cast<qint64>(littleEndian64(index.bytes + 8)) != records)
        return damagedTokens(name, tr("it does not begin as it should"));
    qint64 previousDocument = -1, learnedSum = 0, bytesSum = 0;
    for (qint64 i = 0; i < records; ++i) {
        const Entry at = entry(i);
        const qint64 next = i + 1 < records ? entry(i + 1).first : tokens;
        const bool isInside = at.first >= 0 && at.first < next && next <= tokens && (i > 0 || at.first == 0);
        if (!isInside || at.document <= previousDocument || at.label < -1 || at.label >= std::max<qint64>(labels, 0) || at.learned < 0
            || at.learned > next - at.first || at.learnedBytes < 0 || at.learnedBytes > learnedBytes - bytesSum)
            return damagedTokens(name, tr("record %1 is impossible").arg(i));
        previousDocument = at.document;
        learnedSum += at.learned;
        bytesSum += at.learnedBytes;
    }
    return learnedSum == learned && bytesSum == learnedBytes ? Status() : Status(damagedTokens(name, tr("its numbers do not add up")));
}

Status RecordShards::Impl::checkIds() const
{
    for (qint64 i = 0; i < tokens; ++i)
        if (id(i) >= vocabulary)
            return damagedTokens(ids.file->fileName(), tr("it holds a token that the vocabulary does not have"));
    return {};
}

Result<RecordShards> RecordShards::open(const QString &folder, bool verify)
{
    auto impl = std::make_unique<Impl>();
    impl->folder = folder;
    ATHANOR_TRY(impl->readFacts());
    ATHANOR_TRY(impl->map(kRecordTokensFile, impl->tokens * impl->width, verify, impl->ids));
    ATHANOR_TRY(impl->map(kRecordLearnsFile, (impl->tokens + 7) / 8, verify, impl->learns));
    ATHANOR_TRY(impl->map(kRecordIndexFile, kRecordIndexHeader + impl->records * kRecordEntryBytes, verify, impl->index));
    ATHANOR_TRY(impl->checkIndex());
    if (verify)
        ATHANOR_TRY(impl->checkIds());
    return RecordShards(std::move(impl));
}

RecordShards::RecordShards(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
RecordShards::RecordShards(RecordShards &&) noexcept = default;
RecordShards &RecordShards::operator=(RecordShards &&) noexcept = default;
RecordShards::~RecordShards() = default;

const QJsonObject &RecordShards::facts() const { return m_impl->facts; }
qint64 RecordShards::recordCount() const { return m_impl->records; }
qint64 RecordShards::tokenCount() const { return m_impl->tokens; }
qint64 RecordShards::learnedTokenCount() const { return m_impl->learned; }
qint64 RecordShards::learnedBytes() const { return m_impl->learnedBytes; }
qint64 RecordShards::recordTokens(qint64 record) const { return m_impl->end(record) - m_impl->entry(record).first; }
qint64 RecordShards::recordLearnedTokens(qint64 record) const { return m_impl->entry(record).learned; }
qint64 RecordShards::recordLearnedBytes(qint64 record) const { return m_impl->entry(record).learnedBytes; }
int RecordShards::label(qint64 record) const { return m_impl->entry(record).label; }
qint64 RecordShards::document(qint64 record) const { return m_impl->entry(record).document; }

void RecordShards::copy(qint64 record, qint64 offset, qint64 count, qint64 *ids, quint8 *learns) const
{
    Q_ASSERT(record >= 0 && record < m_impl->records && offset >= 0 && count >= 0 && offset <= recordTokens(record) - count);
    const qint64 first = m_impl->entry(record).first + offset;
    for (qint64 i = 0; i < count; ++i)
        ids[i] = m_impl->id(first + i);
    for (qint64 i = 0; learns && i < count; ++i)
        learns[i] = m_impl->learns.bytes[(first + i) >> 3] >> ((first + i) & 7) & 1;
}

}  // namespace athanor::tokenizer
