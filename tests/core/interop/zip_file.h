// Zip archives made byte by byte, so that a test can let them lie. Thread: pure functions.
#pragma once

#include <QByteArray>
#include <QtEndian>

#include <vector>

namespace athanor::test {

template <typename T> QByteArray number(T value)
{
    const T little = qToLittleEndian(value);
    return {reinterpret_cast<const char *>(&little), qsizetype(sizeof(T))};
}
inline QByteArray u16(quint16 value) { return number(value); }
inline QByteArray u32(quint32 value) { return number(value); }
inline QByteArray u64(quint64 value) { return number(value); }

/// The parts of a zip archive with stored entries; a test changes what it wants to be wrong.
struct Zip {
    struct Entry {
        QByteArray name, bytes;
        quint16 flags = 0, method = 0;
        QByteArray localName;       // empty: as name
        qint64 localSize = -1;      // −1: as it is
        qint64 centralSize = -1;    // likewise
        qint64 unpackedSize = -1;   // likewise
        qint64 localPlace = -1;     // likewise
        QByteArray extra;           // of the directory
    };
    std::vector<Entry> entries;
    QByteArray before;              // ahead of the first entry, not counted in the places
    QByteArray betweenDirectoryAndEnd;
    int announcedEntries = -1;
    qint64 announcedPlace = -1;
    bool hasZip64 = false;
    QByteArray comment;

    QByteArray make() const
    {
        QByteArray body, directory;
        for (const Entry &entry : entries) {
            const qint64 place = entry.localPlace < 0 ? body.size() : entry.localPlace;
            const qint64 size = entry.centralSize < 0 ? entry.bytes.size() : entry.centralSize;
            const qint64 unpacked = entry.unpackedSize < 0 ? size : entry.unpackedSize;
            const QByteArray localName = entry.localName.isEmpty() ? entry.name : entry.localName;
            const auto localSize = quint32(entry.localSize < 0 ? entry.bytes.size() : entry.localSize);
            body += "PK\3\4" + u16(20) + u16(entry.flags) + u16(entry.method) + u32(0) + u32(0) + u32(localSize)
                    + u32(localSize) + u16(quint16(localName.size())) + u16(0) + localName + entry.bytes;
            directory += "PK\1\2" + u16(20) + u16(20) + u16(entry.flags) + u16(entry.method) + u32(0) + u32(0)
                         + u32(quint32(size)) + u32(quint32(unpacked)) + u16(quint16(entry.name.size()))
                         + u16(quint16(entry.extra.size())) + u16(0) + u16(0) + u16(0) + u32(0) + u32(quint32(place))
                         + entry.name + entry.extra;
        }
        const auto count = quint16(announcedEntries < 0 ? int(entries.size()) : announcedEntries);
        const qint64 place = announcedPlace < 0 ? body.size() : announcedPlace;
        QByteArray file = before + body + directory + betweenDirectoryAndEnd;
        if (hasZip64) {
            const qint64 record = file.size();
            file += "PK\6\6" + u64(44) + u16(45) + u16(45) + u32(0) + u32(0) + u64(count) + u64(count)
                    + u64(quint64(directory.size())) + u64(quint64(place));
            file += "PK\6\7" + u32(0) + u64(quint64(record)) + u32(1);
            return file + "PK\5\6" + u16(0) + u16(0) + u16(0xffff) + u16(0xffff) + u32(0xffffffff) + u32(0xffffffff) + u16(0);
        }
        return file + "PK\5\6" + u16(0) + u16(0) + u16(count) + u16(count) + u32(quint32(directory.size()))
               + u32(quint32(place)) + u16(quint16(comment.size())) + comment;
    }
};

}  // namespace athanor::test
