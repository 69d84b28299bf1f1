#include "core/corpus/read_cache.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QDataStream>
#include <QDir>
#include <QFileInfo>

namespace athanor::corpus {

namespace {

constexpr quint32 kPieceFormat = 1;
constexpr qint64 kPieceBytes = qint64(8) << 20;
constexpr quint32 kAllThere = 0xffffffff;  // in the place of a piece's number: the mark that comes after the last
constexpr auto kStreamVersion = QDataStream::Qt_6_0;

QByteArray pieceKey(const QByteArray &key, quint32 number)
{
    return QByteArray::fromHex(sha256(key + QByteArray::number(number)).toLatin1());
}

/// Everything but what the file itself says: path and source.
bool writeRecord(QDataStream &out, const Record &record, const QString &path, const Spool &spool)
{
    const bool hasText = record.extracted.length >= 0;
    const bool isChanged = hasText && record.current.offset != record.extracted.offset;
    out << record.id << record.path.mid(path.size()) << record.bytes << record.textSha256 << record.language << record.facts
        << quint8(record.status) << record.reason << record.reasonTitle << record.detail << record.label << hasText << isChanged;
    for (const auto &[isThere, place] : {std::pair(hasText, record.extracted), std::pair(isChanged, record.current)}) {
        if (!isThere)
            continue;
        const auto text = spool.read(place);
        if (!text)
            return false;
        out << *text;
    }
    return true;
}

Result<bool> readRecord(QDataStream &in, Record &record, const QString &path, Spool &spool)
{
    QString place;
    quint8 status = 0;
    bool hasText = false, isChanged = false;
    in >> record.id >> place >> record.bytes >> record.textSha256 >> record.language >> record.facts >> status >> record.reason
        >> record.reasonTitle >> record.detail >> record.label >> hasText >> isChanged;
    if (in.status() != QDataStream::Ok || status > quint8(DocumentStatus::Unreadable))
        return false;
    record.path = path + place;
    record.status = static_cast<DocumentStatus>(status);
    QByteArray text;
    if (hasText) {
        in >> text;
        ATHANOR_ASSIGN(record.extracted, spool.append(text));
        record.current = record.extracted;
    }
    if (isChanged) {
        in >> text;
        ATHANOR_ASSIGN(record.current, spool.append(text));
    }
    return in.status() == QDataStream::Ok;
}

QDataStream &operator<<(QDataStream &out, const RecordForm &form)
{
    return out << form.format << form.columns << form.why;
}

QDataStream &operator>>(QDataStream &in, RecordForm &form)
{
    return in >> form.format >> form.columns >> form.why;
}

}  // namespace

ReadCache::ReadCache(const QString &projectPath, const QString &dataset)
    : m_folder(QStringLiteral("%1/%2/reading").arg(projectPath, QLatin1String(kCacheFolder)))
{
    if (!makeFolder(m_folder))
        return;
    const QString own = sha256(dataset.toUtf8()).left(32) + QStringLiteral(".blobs");
    m_own = BlobStore::open(m_folder + QLatin1Char('/') + own, BlobStore::Access::Append);
    for (const QString &name : QDir(m_folder).entryList({QStringLiteral("*.blobs")}, QDir::Files, QDir::Name))
        if (name != own || !m_own)
            if (auto other = BlobStore::open(m_folder + QLatin1Char('/') + name, BlobStore::Access::Read))
                m_others.push_back(std::move(other));
}

std::optional<QByteArray> ReadCache::find(const QByteArray &key) const
{
    if (m_own)
        if (auto found = m_own->find(key))
            return found;
    for (const auto &other : m_others)
        if (auto found = other->find(key))
            return found;
    return std::nullopt;
}

Result<std::optional<ItemOutcome>> ReadCache::take(const QByteArray &key, const QString &path, int source, Spool &spool, const Stop &stop) const
{
    const std::optional<ItemOutcome> absent;
    if (!find(pieceKey(key, kAllThere)))
        return absent;
    ItemOutcome outcome;
    for (quint32 number = 0;; ++number) {
        const auto piece = find(pieceKey(key, number));
        if (!piece)
            return absent;
        QDataStream in(*piece);
        in.setVersion(kStreamVersion);
        quint32 format = 0, count = 0;
        bool isLast = false, hasForm = false;
        in >> format >> isLast >> count;
        if (format != kPieceFormat || in.status() != QDataStream::Ok)
            return absent;
        for (quint32 i = 0; i < count; ++i) {
            Record record;
            record.source = source;
            ATHANOR_ASSIGN(const bool isWhole, readRecord(in, record, path, spool));
            if (!isWhole)
                return absent;
            outcome.records.push_back(std::move(record));
        }
        if (!isLast) {
            ATHANOR_TRY(stop());
            continue;
        }
        in >> outcome.skippedExtension >> hasForm;
        if (hasForm)
            in >> outcome.form.emplace();
        if (in.status() != QDataStream::Ok || !in.atEnd())
            return absent;
        outcome.isReused = true;
        return outcome;
    }
}

/// The texts that are cleaned and the corpus come later, and take about as much as what was read.
bool ReadCache::hasRoom(const Spool &spool) const
{
    const qint64 free = freeDiskBytes(m_folder);
    return free < 0 || free >= kSpaceLeft + 2 * spool.bytes();
}

Status ReadCache::keep(const QByteArray &key, const QString &path, const ItemOutcome &outcome, const Spool &spool, const Stop &stop)
{
    if (!m_own || !outcome.isLasting)
        return {};
    size_t next = 0;
    for (quint32 number = 0;; ++number) {
        if (!hasRoom(spool))
            return {};
        QByteArray records, piece;
        QDataStream out(&records, QIODevice::WriteOnly);
        out.setVersion(kStreamVersion);
        quint32 count = 0;
        for (; next < outcome.records.size() && records.size() < kPieceBytes; ++next, ++count)
            if (!writeRecord(out, outcome.records[next], path, spool))
                return {};
        const bool isLast = next == outcome.records.size();
        if (isLast) {
            out << outcome.skippedExtension << outcome.form.has_value();
            if (outcome.form)
                out << *outcome.form;
        }
        QDataStream head(&piece, QIODevice::WriteOnly);
        head.setVersion(kStreamVersion);
        head << kPieceFormat << isLast << count;
        if (!m_own->add(pieceKey(key, number), piece + records))
            return {};
        if (isLast)
            break;
        ATHANOR_TRY(stop());
    }
    m_own->add(pieceKey(key, kAllThere), "all");
    return {};
}

void ReadCache::finish()
{
    if (m_own)
        m_own->compact();
}

}  // namespace athanor::corpus
