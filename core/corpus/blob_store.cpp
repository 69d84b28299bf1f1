#include "core/corpus/blob_store.h"

#include "core/base/atomic_file.h"

#include <QFile>
#include <QFileInfo>
#include <QtEndian>

#include <cerrno>
#include <fcntl.h>
#include <unistd.h>
#include <zlib.h>
#include <zstd.h>

namespace athanor::corpus {

namespace {

constexpr char kMagic[] = "ATHBLOB\n";
constexpr qsizetype kHeaderBytes = 16;
constexpr quint32 kMark = 0x59525445;  // "ETRY"
constexpr qsizetype kHeadBytes = 8 + kBlobKeyBytes + 16;
constexpr qint64 kSpaceStep = qint64(32) << 20;
constexpr qint64 kWorthCompacting = qint64(1) << 20;
constexpr int kLevel = 3;

template <typename T> void put(QByteArray &out, T value)
{
    const T little = qToLittleEndian(value);
    out.append(reinterpret_cast<const char *>(&little), sizeof(T));
}

QByteArray header()
{
    QByteArray bytes(kMagic, 8);
    put<quint32>(bytes, kBlobFormat);
    put<quint32>(bytes, 0);
    return bytes;
}

QByteArray headOf(const QByteArray &key, qint64 packed, qint64 plain)
{
    QByteArray checked = key;
    put<quint64>(checked, static_cast<quint64>(packed));
    put<quint64>(checked, static_cast<quint64>(plain));
    QByteArray head;
    put<quint32>(head, kMark);
    put<quint32>(head, static_cast<quint32>(::crc32(0, reinterpret_cast<const Bytef *>(checked.constData()), static_cast<uInt>(checked.size()))));
    return head + checked;
}

bool readAt(int descriptor, qint64 offset, char *out, qint64 count)
{
    while (count > 0) {
        const ssize_t got = ::pread(descriptor, out, static_cast<size_t>(count), offset);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return false;
        out += got;
        offset += got;
        count -= got;
    }
    return true;
}

bool writeAt(int descriptor, qint64 offset, const QByteArray &bytes)
{
    qint64 done = 0;
    while (done < bytes.size()) {
        const ssize_t count = ::pwrite(descriptor, bytes.constData() + done, static_cast<size_t>(bytes.size() - done), offset + done);
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return false;
        done += count;
    }
    return true;
}

QByteArray pack(QByteArrayView value)
{
    const std::unique_ptr<ZSTD_CCtx, size_t (*)(ZSTD_CCtx *)> context(ZSTD_createCCtx(), &ZSTD_freeCCtx);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_compressionLevel, kLevel);
    ZSTD_CCtx_setParameter(context.get(), ZSTD_c_checksumFlag, 1);
    QByteArray frame(static_cast<qsizetype>(ZSTD_compressBound(static_cast<size_t>(value.size()))), Qt::Uninitialized);
    const size_t length = ZSTD_compress2(context.get(), frame.data(), static_cast<size_t>(frame.size()), value.data(), static_cast<size_t>(value.size()));
    if (ZSTD_isError(length))
        return {};
    frame.truncate(static_cast<qsizetype>(length));
    return frame;
}

}  // namespace

BlobStore::BlobStore(QString path, int descriptor, Access access, std::optional<FileLock> lock)
    : m_path(std::move(path)), m_descriptor(descriptor), m_canAppend(access == Access::Append), m_lock(std::move(lock))
{
}

BlobStore::~BlobStore()
{
    ::close(m_descriptor);
}

std::unique_ptr<BlobStore> BlobStore::open(const QString &path, Access access)
{
    std::optional<FileLock> lock;
    if (access == Access::Append) {
        auto taken = FileLock::acquire(path + QStringLiteral(".lock"), FileLock::Wait::No);
        if (!taken)
            return nullptr;
        lock.emplace(std::move(*taken));
    }
    const int flags = access == Access::Append ? O_RDWR | O_CREAT : O_RDONLY;
    const int descriptor = ::open(QFile::encodeName(path).constData(), flags | O_CLOEXEC | O_NOFOLLOW, 0644);
    if (descriptor < 0)
        return nullptr;
    std::unique_ptr<BlobStore> store(new BlobStore(path, descriptor, access, std::move(lock)));
    if (store->readEntries() || (access == Access::Append && store->startAnew()))
        return store;
    return nullptr;
}

/// Up to the first entry that is not whole: what follows it is written over.
bool BlobStore::readEntries()
{
    const qint64 size = QFileInfo(m_path).size();
    QByteArray bytes(kHeaderBytes, Qt::Uninitialized);
    if (size < kHeaderBytes || !readAt(m_descriptor, 0, bytes.data(), kHeaderBytes) || bytes != header())
        return false;
    m_end = kHeaderBytes;
    bytes.resize(kHeadBytes);
    while (m_end + kHeadBytes <= size && readAt(m_descriptor, m_end, bytes.data(), kHeadBytes)) {
        const QByteArray key = bytes.mid(8, kBlobKeyBytes);
        const auto packed = static_cast<qint64>(qFromLittleEndian<quint64>(bytes.constData() + 8 + kBlobKeyBytes));
        const auto plain = static_cast<qint64>(qFromLittleEndian<quint64>(bytes.constData() + 16 + kBlobKeyBytes));
        const qint64 frame = m_end + kHeadBytes;
        if (bytes != headOf(key, packed, plain) || packed < 0 || packed > size - frame || plain < 0 || plain > kLargestBlob)
            break;
        m_entries.insert(key, {frame, packed, plain, false});
        m_end = frame + packed;
    }
    return true;
}

bool BlobStore::startAnew()
{
    m_entries.clear();
    m_end = kHeaderBytes;
    return ::ftruncate(m_descriptor, 0) == 0 && writeAt(m_descriptor, 0, header());
}

std::optional<QByteArray> BlobStore::find(const QByteArray &key) const
{
    Entry entry;
    {
        const std::lock_guard locked(m_mutex);
        const auto found = m_entries.constFind(key);
        if (found == m_entries.constEnd())
            return std::nullopt;
        found->isUsed = true;
        entry = *found;
    }
    QByteArray frame(entry.packed, Qt::Uninitialized);
    if (!readAt(m_descriptor, entry.offset, frame.data(), entry.packed)
        || ZSTD_getFrameContentSize(frame.constData(), static_cast<size_t>(frame.size())) != static_cast<quint64>(entry.plain))
        return std::nullopt;
    QByteArray plain(entry.plain, Qt::Uninitialized);
    const size_t length = ZSTD_decompress(plain.data(), static_cast<size_t>(plain.size()), frame.constData(), static_cast<size_t>(frame.size()));
    if (ZSTD_isError(length) || length != static_cast<size_t>(entry.plain))
        return std::nullopt;
    return plain;
}

bool BlobStore::add(const QByteArray &key, QByteArrayView value)
{
    if (!m_canAppend || key.size() != kBlobKeyBytes || value.size() > kLargestBlob)
        return false;
    const QByteArray frame = pack(value);
    if (frame.isEmpty())
        return false;
    const std::lock_guard locked(m_mutex);
    const qint64 offset = m_end + kHeadBytes;
    if (!m_canAppend || !appendEntry(headOf(key, frame.size(), value.size()), frame))
        return false;
    m_entries.insert(key, {offset, frame.size(), value.size(), true});
    return true;
}

bool BlobStore::appendEntry(const QByteArray &head, const QByteArray &frame)
{
    if (m_lookedAt < 0 || m_end - m_lookedAt > kSpaceStep) {
        m_lookedAt = m_end;
        const qint64 free = freeDiskBytes(QFileInfo(m_path).absolutePath());
        m_canAppend = free < 0 || free > kSpaceLeft;
    }
    if (m_canAppend && writeAt(m_descriptor, m_end, head + frame)) {
        m_end += head.size() + frame.size();
        return true;
    }
    m_canAppend = false;  // what was half written is not yet an entry, and is written over
    return false;
}

void BlobStore::compact()
{
    const std::lock_guard locked(m_mutex);
    qint64 used = 0;
    for (const Entry &entry : std::as_const(m_entries))
        used += entry.isUsed ? entry.packed : 0;
    if (!m_lock || m_end < kWorthCompacting || used > m_end / 2)
        return;
    auto file = AtomicFile::create(m_path);
    if (!file || !file->write(header()))
        return;
    for (auto it = m_entries.cbegin(); it != m_entries.cend(); ++it) {
        if (!it->isUsed)
            continue;
        QByteArray frame(it->packed, Qt::Uninitialized);
        if (!readAt(m_descriptor, it->offset, frame.data(), it->packed) || !file->write(headOf(it.key(), it->packed, it->plain) + frame))
            return;
    }
    if (file->commit())
        m_canAppend = false;  // this object still has the file of before
}

}  // namespace athanor::corpus
