// Reading the end record, the central directory and, for each entry, its local header. Thread: pure functions.
#include "core/interop/zip_directory.h"

#include <QCoreApplication>
#include <QStringDecoder>
#include <QtEndian>

#include <vector>

namespace athanor::interop {
namespace {

constexpr qsizetype kEndBytes = 22, kEnd64Bytes = 56, kLocatorBytes = 20, kCentralBytes = 46, kLocalBytes = 30;
constexpr qsizetype kLongestComment = 65'535;
constexpr quint64 kMostEntries = 1'000'000;
constexpr quint32 kElsewhere = 0xffffffff;  // the number stands in the zip64 part
constexpr quint16 kEncrypted = 1 | 1 << 6 | 1 << 13, kSizesFollow = 1 << 3;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

tl::unexpected<Error> corrupt(const QString &what)
{
    return fail(ErrorCode::Corrupt, tr("The zip archive is broken: %1.").arg(what), tr("Copy or download the file again."));
}

template <typename T> T at(QByteArrayView bytes, qsizetype place) { return qFromLittleEndian<T>(bytes.data() + place); }
bool hasMark(QByteArrayView bytes, qsizetype place, const char *mark)
{
    return place >= 0 && place <= bytes.size() - 4 && bytes.sliced(place, 4) == QByteArrayView(mark, 4);
}

struct Directory {
    quint64 entries = 0, bytes = 0, begin = 0;
    qsizetype end = 0;  // where the record after the directory begins
};

struct Member {
    QString name;
    QByteArrayView rawName;
    quint16 flags = 0, method = 0;
    quint64 stored = 0, unpacked = 0, header = 0;
    qint64 begin = 0;
};

/// The end record is the last that fits: its comment reaches exactly to the end of the file.
qsizetype findEnd(QByteArrayView file)
{
    const qsizetype first = qMax(qsizetype(0), file.size() - kEndBytes - kLongestComment);
    for (qsizetype place = file.size() - kEndBytes; place >= first; --place) {
        if (hasMark(file, place, "PK\5\6") && place + kEndBytes + at<quint16>(file, place + 20) == file.size())
            return place;
    }
    return -1;
}

Result<Directory> readEnd64(QByteArrayView file, qsizetype locator)
{
    const quint64 place = at<quint64>(file, locator + 8);
    if (at<quint32>(file, locator + 4) != 0 || at<quint32>(file, locator + 16) > 1)
        return fail(ErrorCode::Unsupported, tr("The zip archive is one of several parts."), tr("Join the parts first."));
    if (place > quint64(locator) || quint64(locator) - place < quint64(kEnd64Bytes)
        || !hasMark(file, qsizetype(place), "PK\6\6"))
        return corrupt(tr("its zip64 end record is not where the locator says, at byte %1").arg(place));
    const auto record = qsizetype(place);
    const quint64 recordBytes = at<quint64>(file, record + 4);
    if (recordBytes != quint64(locator - record - 12))
        return corrupt(tr("its zip64 end record has %1 bytes, and %2 lie before the locator")
                           .arg(recordBytes).arg(locator - record - 12));
    if (at<quint64>(file, record + 24) != at<quint64>(file, record + 32))
        return corrupt(tr("its two numbers of entries differ"));
    return Directory{at<quint64>(file, record + 32), at<quint64>(file, record + 40), at<quint64>(file, record + 48), record};
}

Result<Directory> findDirectory(QByteArrayView file)
{
    const qsizetype end = findEnd(file);
    if (end < 0)
        return corrupt(tr("it has no end record (the file is cut off)"));
    Directory directory;
    if (hasMark(file, end - kLocatorBytes, "PK\6\7")) {
        ATHANOR_ASSIGN(directory, readEnd64(file, end - kLocatorBytes));
    } else {
        if (at<quint16>(file, end + 4) != 0 || at<quint16>(file, end + 6) != 0)
            return fail(ErrorCode::Unsupported, tr("The zip archive is one of several parts."), tr("Join the parts first."));
        if (at<quint16>(file, end + 8) != at<quint16>(file, end + 10))
            return corrupt(tr("its two numbers of entries differ"));
        directory = {at<quint16>(file, end + 10), at<quint32>(file, end + 12), at<quint32>(file, end + 16), end};
    }
    if (directory.begin > quint64(directory.end) || directory.bytes != quint64(directory.end) - directory.begin)
        return corrupt(tr("its directory of %1 bytes at byte %2 does not end at byte %3, where the end record begins")
                           .arg(directory.bytes).arg(directory.begin).arg(directory.end));
    if (directory.entries > directory.bytes / kCentralBytes)
        return corrupt(tr("it announces %1 entries in %2 bytes").arg(directory.entries).arg(directory.bytes));
    if (directory.entries > kMostEntries)
        return fail(ErrorCode::LimitExceeded, tr("The zip archive has %1 entries; at most %2 are read.")
                                                  .arg(directory.entries).arg(kMostEntries));
    return directory;
}

/// The numbers that did not fit into 32 bits stand in the extra field 1, in this order.
Status takeZip64(QByteArrayView extra, Member &member)
{
    std::vector<quint64 *> wanted;
    for (quint64 *number : {&member.unpacked, &member.stored, &member.header}) {
        if (*number == kElsewhere)
            wanted.push_back(number);
    }
    while (!wanted.empty() && extra.size() >= 4) {
        const auto id = at<quint16>(extra, 0), bytes = at<quint16>(extra, 2);
        if (bytes > extra.size() - 4)
            break;
        if (id == 1) {
            if (bytes < 8 * wanted.size())
                break;
            for (size_t i = 0; i < wanted.size(); ++i)
                *wanted[i] = at<quint64>(extra, 4 + 8 * qsizetype(i));
            return {};
        }
        extra = extra.sliced(4 + bytes);
    }
    return wanted.empty() ? Status() : corrupt(tr("“%1” lacks its zip64 numbers").arg(member.name));
}

Result<QString> nameOf(QByteArrayView bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString name = decoder(bytes);
    if (decoder.hasError() || name.isEmpty() || name.contains(QChar(0)))
        return corrupt(tr("a name in it is no text in UTF-8"));
    if (name.startsWith(QLatin1Char('/')) || name.contains(QLatin1Char('\\'))
        || name.split(QLatin1Char('/')).contains(QLatin1String("..")))
        return fail(ErrorCode::InvalidInput, tr("The zip archive names “%1”, which leads out of it.").arg(name.left(120)),
                    tr("Do not use this file: an honest checkpoint names its own parts only."));
    return name;
}

Status checkMember(const Member &member)
{
    if ((member.flags & kEncrypted) != 0)
        return fail(ErrorCode::Unsupported, tr("“%1” in the zip archive is encrypted.").arg(member.name),
                    tr("Get the checkpoint as PyTorch wrote it."));
    if (member.method != 0)
        return fail(ErrorCode::Unsupported, tr("“%1” in the zip archive is compressed.").arg(member.name),
                    tr("PyTorch stores its checkpoints uncompressed; get the file as it wrote it, or pack it anew with "
                       "zip -0."));
    if (member.stored != member.unpacked)
        return corrupt(tr("“%1” is stored as it is, and has two sizes, %2 and %3")
                           .arg(member.name).arg(member.stored).arg(member.unpacked));
    return {};
}

/// One entry of the central directory, taken off the front of `left`.
Result<Member> takeMember(QByteArrayView &left)
{
    if (left.size() < kCentralBytes || !hasMark(left, 0, "PK\1\2"))
        return corrupt(tr("an entry of its directory is cut off"));
    const qsizetype nameBytes = at<quint16>(left, 28), extraBytes = at<quint16>(left, 30);
    const qsizetype total = kCentralBytes + nameBytes + extraBytes + at<quint16>(left, 32);
    if (total > left.size())
        return corrupt(tr("an entry of its directory is cut off"));
    Member member;
    member.rawName = left.sliced(kCentralBytes, nameBytes);
    ATHANOR_ASSIGN(member.name, nameOf(member.rawName));
    member.flags = at<quint16>(left, 8);
    member.method = at<quint16>(left, 10);
    member.stored = at<quint32>(left, 20);
    member.unpacked = at<quint32>(left, 24);
    member.header = at<quint32>(left, 42);
    ATHANOR_TRY(takeZip64(left.sliced(kCentralBytes + nameBytes, extraBytes), member));
    ATHANOR_TRY(checkMember(member));
    left = left.sliced(total);
    return member;
}

/// The local header must say what the directory says; its sizes may be left to what follows the bytes.
Status placeMember(QByteArrayView file, quint64 directoryBegin, Member &member)
{
    if (member.header > directoryBegin || directoryBegin - member.header < quint64(kLocalBytes)
        || !hasMark(file, qsizetype(member.header), "PK\3\4"))
        return corrupt(tr("“%1” is not at byte %2, where the directory says").arg(member.name).arg(member.header));
    const QByteArrayView local = file.sliced(qsizetype(member.header));
    const quint64 start = member.header + kLocalBytes + at<quint16>(local, 26) + at<quint16>(local, 28);
    if (start > directoryBegin || member.stored > directoryBegin - start)
        return corrupt(tr("“%1” needs %2 bytes from byte %3 on and would run into the directory at byte %4")
                           .arg(member.name).arg(member.stored).arg(start).arg(directoryBegin));
    if (at<quint16>(local, 26) != member.rawName.size()
        || local.sliced(kLocalBytes, member.rawName.size()) != member.rawName)
        return corrupt(tr("“%1” has another name where it is stored").arg(member.name));
    if (at<quint16>(local, 8) != member.method || (at<quint16>(local, 6) & kEncrypted) != 0)
        return corrupt(tr("“%1” is stored in another way than the directory says").arg(member.name));
    const quint32 localSize = at<quint32>(local, 18);
    const bool isTold = (at<quint16>(local, 6) & kSizesFollow) == 0 && localSize != kElsewhere;
    if (isTold && localSize != member.stored)
        return corrupt(tr("“%1” has %2 bytes in the directory and %3 where it is stored")
                           .arg(member.name).arg(member.stored).arg(localSize));
    member.begin = qint64(start);
    return {};
}

Status checkOverlaps(std::vector<Member> members)
{
    std::sort(members.begin(), members.end(), [](const Member &a, const Member &b) { return a.header < b.header; });
    for (size_t i = 1; i < members.size(); ++i) {
        if (quint64(members[i - 1].begin) + members[i - 1].stored > members[i].header)
            return corrupt(tr("“%1” and “%2” overlap").arg(members[i - 1].name, members[i].name));
    }
    return {};
}

}  // namespace

Result<QHash<QString, ZipEntry>> readZipDirectory(QByteArrayView file)
{
    ATHANOR_ASSIGN(const Directory directory, findDirectory(file));
    QByteArrayView left = file.sliced(qsizetype(directory.begin), qsizetype(directory.bytes));
    QHash<QString, ZipEntry> entries;
    std::vector<Member> members;
    for (quint64 i = 0; i < directory.entries; ++i) {
        ATHANOR_ASSIGN(Member member, takeMember(left));
        ATHANOR_TRY(placeMember(file, directory.begin, member));
        if (entries.contains(member.name))
            return corrupt(tr("“%1” is in it twice").arg(member.name));
        entries.insert(member.name, {member.begin, qint64(member.stored)});
        members.push_back(std::move(member));
    }
    if (!left.isEmpty())
        return corrupt(tr("its directory has %1 bytes that belong to no entry").arg(left.size()));
    ATHANOR_TRY(checkOverlaps(std::move(members)));
    return entries;
}

}  // namespace athanor::interop
