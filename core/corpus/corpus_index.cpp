#include "core/corpus/corpus_index.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QCoreApplication>

#include <cerrno>
#include <cstring>

namespace athanor::corpus {

namespace {

constexpr char kMagic[8] = {'A', 'T', 'H', 'C', 'I', 'D', 'X', '1'};
constexpr quint32 kIndexFormat = 1;
constexpr qint64 kChecksumBytes = 32;

struct Header {
    char magic[8];
    quint32 format;
    quint32 recordBytes;
    quint64 count;
};
static_assert(sizeof(Header) == 24);

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

tl::unexpected<Error> corrupt(const QString &path, const QString &why)
{
    return fail(ErrorCode::Corrupt, tr("The corpus index “%1” is broken: %2.").arg(path, why),
                tr("Curate the dataset again."));
}

}  // namespace

Status writeIndex(const QString &path, const std::vector<IndexRecord> &records)
{
    Header header{};
    std::memcpy(header.magic, kMagic, sizeof(kMagic));
    header.format = kIndexFormat;
    header.recordBytes = sizeof(IndexRecord);
    header.count = records.size();
    const QByteArrayView headerBytes(reinterpret_cast<const char *>(&header), sizeof(header));
    const QByteArrayView recordBytes(reinterpret_cast<const char *>(records.data()),
                                     static_cast<qsizetype>(records.size() * sizeof(IndexRecord)));
    Sha256 hash;
    hash.add(headerBytes);
    hash.add(recordBytes);
    ATHANOR_ASSIGN(AtomicFile file, AtomicFile::create(path));
    ATHANOR_TRY(file.write(headerBytes));
    ATHANOR_TRY(file.write(recordBytes));
    ATHANOR_TRY(file.write(QByteArray::fromHex(hash.finish().toLatin1())));
    return file.commit();
}

Result<IndexFile> IndexFile::open(const QString &path)
{
    IndexFile index;
    index.m_file = std::make_unique<QFile>(path);
    errno = 0;
    if (!index.m_file->open(QIODevice::ReadOnly))
        return fail(systemError(errno ? errno : ENOENT, tr("Cannot read"), path));
    const qint64 size = index.m_file->size();
    if (size < static_cast<qint64>(sizeof(Header)) + kChecksumBytes)
        return corrupt(path, tr("it has only %1 bytes").arg(size));
    const uchar *bytes = index.m_file->map(0, size);
    if (!bytes)
        return fail(systemError(EIO, tr("Cannot read"), path));
    Header header;
    std::memcpy(&header, bytes, sizeof(header));
    if (std::memcmp(header.magic, kMagic, sizeof(kMagic)) != 0)
        return corrupt(path, tr("it does not begin as an index"));
    if (header.format > kIndexFormat)
        return fail(ErrorCode::NewerVersion, tr("“%1” has format %2; this program knows %3.").arg(path).arg(header.format).arg(kIndexFormat),
                    tr("Open the project with a newer Athanor."));
    const qint64 recordBytes = size - static_cast<qint64>(sizeof(Header)) - kChecksumBytes;
    if (header.recordBytes != sizeof(IndexRecord) || recordBytes % static_cast<qint64>(sizeof(IndexRecord)) != 0
        || header.count != static_cast<quint64>(recordBytes) / sizeof(IndexRecord))
        return corrupt(path, tr("it names %1 documents in %2 bytes").arg(header.count).arg(size));
    const char *start = reinterpret_cast<const char *>(bytes);
    const QString expected = QString::fromLatin1(QByteArray(start + size - kChecksumBytes, kChecksumBytes).toHex());
    if (sha256(QByteArrayView(start, size - kChecksumBytes)) != expected)
        return corrupt(path, tr("its checksum differs"));
    index.m_records = bytes + sizeof(Header);
    index.m_count = static_cast<qint64>(header.count);
    return index;
}

IndexRecord IndexFile::record(qint64 position) const
{
    IndexRecord record;
    std::memcpy(&record, m_records + position * static_cast<qint64>(sizeof(IndexRecord)), sizeof(record));
    return record;
}

}  // namespace athanor::corpus
