// Values by key in one file that only grows at its end, for what can be made again. Role: an entry is found whole or
// not at all; a torn end, a damaged entry or an unknown version read as absent. Private to the room.
//   header  "ATHBLOB\n", u32 format, u32 0
//   entry   u32 mark, u32 CRC of what follows in the head, key (32 bytes), u64 packed bytes, u64 plain bytes, zstd frame
// All numbers little-endian. Limits: kLargestBlob. Thread: find() and add() from many threads.
#pragma once

#include "core/base/file_lock.h"

#include <QByteArray>
#include <QHash>

#include <memory>
#include <mutex>
#include <optional>

namespace athanor::corpus {

inline constexpr quint32 kBlobFormat = 1;
inline constexpr qint64 kLargestBlob = qint64(256) << 20;
inline constexpr qsizetype kBlobKeyBytes = 32;
inline constexpr qint64 kSpaceLeft = qint64(1) << 30;  // of the disk, for the work itself

class BlobStore {
public:
    enum class Access { Read, Append };
    /// Null when the file cannot be used: missing (for Read), of another version, locked by another job (for Append).
    static std::unique_ptr<BlobStore> open(const QString &path, Access access);
    ~BlobStore();
    BlobStore(const BlobStore &) = delete;

    /// Absent as well when the entry is damaged.
    std::optional<QByteArray> find(const QByteArray &key) const;
    /// In the place of what the key had. False, and nothing happens, when the value is too large, the disk is nearly full,
    /// or the file cannot be written.
    bool add(const QByteArray &key, QByteArrayView value);
    /// Drops what was neither found nor added since open(), when that is more than half of the file.
    void compact();
    qint64 bytes() const { return m_end; }

private:
    struct Entry {
        qint64 offset = 0;  // of the frame
        qint64 packed = 0, plain = 0;
        mutable bool isUsed = false;
    };
    BlobStore(QString path, int descriptor, Access access, std::optional<FileLock> lock);
    bool readEntries();
    bool startAnew();
    bool appendEntry(const QByteArray &head, const QByteArray &frame);

    QString m_path;
    int m_descriptor;
    bool m_canAppend;
    std::optional<FileLock> m_lock;
    QHash<QByteArray, Entry> m_entries;
    qint64 m_end = 0;
    qint64 m_lookedAt = -1;  // m_end when the free space was last asked for
    mutable std::mutex m_mutex;
};

}  // namespace athanor::corpus
