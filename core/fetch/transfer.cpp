#include "core/fetch/transfer.h"

#include "core/base/atomic_file.h"
#include "core/base/format.h"
#include "core/base/hash.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QDir>
#include <QEventLoop>
#include <QFileInfo>
#include <QRegularExpression>
#include <QTimer>

#include <cerrno>
#include <unistd.h>

namespace athanor::fetch {

namespace {

constexpr qint64 kPieceBytes = qint64(1) << 20;
constexpr qint64 kDiskReserve = qint64(64) << 20;  // never fill a disk to its last byte

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// ---- the half file and what it is half of

struct Part {
    QString path;        // NAME.part
    QString facts;       // NAME.part.json
    QString tag;         // ETag of what it holds
    qint64 bytes = 0;    // on the disk
};

Part readPart(const QString &target, const QUrl &url)
{
    Part part{target + QStringLiteral(".part"), target + QStringLiteral(".part.json"), {}, 0};
    const auto facts = readJsonFile(part.facts);
    if (!facts || facts->value(QLatin1String("url")).toString() != url.toString())
        return part;  // of something else: it starts anew
    part.tag = facts->value(QLatin1String("tag")).toString();
    part.bytes = part.tag.isEmpty() ? 0 : QFileInfo(part.path).size();
    return part;
}

void removePart(const Part &part)
{
    QFile::remove(part.path);
    QFile::remove(part.facts);
}

// A strong tag names exactly one content; a weak one ("W/…") may not be gone on from.
QString strongTag(const Answer &answer)
{
    const QString tag = QString::fromLatin1(answer.header("etag"));
    return tag.startsWith(QLatin1String("W/")) || tag.size() > 512 ? QString() : tag;
}

// "bytes 100-199/200": where the answer begins and how long the whole is; -1 where it does not say.
struct ContentRange { qint64 begin = -1, whole = -1; };
ContentRange rangeOf(const Answer &answer)
{
    static const QRegularExpression form(QStringLiteral("^bytes (\\d{1,18})-\\d{1,18}/(\\d{1,18}|\\*)$"));
    const auto match = form.match(QString::fromLatin1(answer.header("content-range")));
    if (!match.hasMatch())
        return {};
    return {match.captured(1).toLongLong(), match.captured(2) == QLatin1String("*") ? -1 : match.captured(2).toLongLong()};
}

// ---- one attempt

class Attempt {
public:
    Attempt(QString folder, const RemoteFile &file, const std::function<void(qint64)> &progress)
        : m_file(file), m_target(folder + QLatin1Char('/') + file.name), m_progress(progress), m_part(readPart(m_target, file.url))
    {
    }

    /// True when all of the file is in the .part.
    Result<bool> run(HttpClient &client)
    {
        if (m_part.bytes > 0 && m_part.bytes == m_file.bytes)
            return true;
        Request request{m_file.url, {}, false};
        if (m_part.bytes > 0) {
            request.headers.insert("Range", "bytes=" + QByteArray::number(m_part.bytes) + '-');
            request.headers.insert("If-Range", m_part.tag.toLatin1());
        }
        Receiver receiver;
        receiver.begin = [this](const Answer &answer) { return begin(answer); };
        receiver.add = [this](QByteArrayView piece) { return add(piece); };
        const auto answer = client.send(request, receiver);
        m_out.close();
        if (!answer)
            return tl::unexpected(answer.error());
        if (m_startAnew) {
            removePart(m_part);
            return false;
        }
        if (m_whole >= 0 && m_at < m_whole)
            return fail(ErrorCode::External, tr("The connection ended after %1 of %2.").arg(formatBytes(m_at), formatBytes(m_whole)),
                        tr("Resume: what has come already is kept."), QStringLiteral("cut"));
        return true;
    }
    const Part &part() const { return m_part; }
    bool hasGrown() const { return m_hasGrown; }

private:
    Status begin(const Answer &answer)
    {
        m_startAnew = answer.status == 416;  // the file has become shorter
        if (m_startAnew)
            return {};
        if (answer.status != 200 && answer.status != 206)
            return refusedBy(answer);
        const ContentRange range = rangeOf(answer);
        const bool goesOn = answer.status == 206;
        if (goesOn && range.begin != m_part.bytes)
            return fail(ErrorCode::External, tr("“%1” sends another part of the file than was asked for.").arg(answer.url.host()), tr("Try again later."));
        m_at = goesOn ? m_part.bytes : 0;
        bool isNumber = false;
        const qint64 length = answer.header("content-length").toLongLong(&isNumber);
        m_whole = goesOn ? range.whole : isNumber ? length : m_file.bytes;
        if (m_file.bytes >= 0 && m_whole >= 0 && m_whole != m_file.bytes)
            return tooLong(m_whole);
        ATHANOR_TRY(checkRoom());
        return open(answer, goesOn);
    }
    Status checkRoom() const
    {
        const qint64 free = freeDiskBytes(QFileInfo(m_target).absolutePath());
        if (free < 0 || m_whole < 0 || m_whole - m_at + kDiskReserve <= free)
            return {};
        return fail(ErrorCode::DiskFull, tr("“%1” needs %2 more; the disk has %3.").arg(m_file.name, formatBytes(m_whole - m_at), formatBytes(free)),
                    tr("Free some space, then resume."));
    }
    Status open(const Answer &answer, bool goesOn)
    {
        m_out.setFileName(m_part.path);
        if (!m_out.open(goesOn ? QIODevice::WriteOnly | QIODevice::Append : QIODevice::WriteOnly | QIODevice::Truncate))
            return fail(ErrorCode::External, tr("Cannot write “%1”: %2.").arg(m_part.path, m_out.errorString()));
        if (!goesOn)
            return writeJsonFile(m_part.facts, {{QStringLiteral("format"), 1}, {QStringLiteral("url"), m_file.url.toString()}, {QStringLiteral("tag"), strongTag(answer)}});
        return {};
    }
    Status add(QByteArrayView piece)
    {
        if (!m_out.isOpen())
            return {};
        const qint64 most = m_whole >= 0 ? m_whole : m_file.bytes;
        if (most >= 0 && m_at + piece.size() > most)
            return tooLong(m_at + piece.size());
        if (m_out.write(piece.data(), piece.size()) != piece.size() || !m_out.flush())
            return fail(ErrorCode::DiskFull, tr("Cannot write “%1”: %2.").arg(m_part.path, m_out.errorString()), tr("Free some space, then resume."));
        m_at += piece.size();
        m_hasGrown = true;
        m_progress(m_at);
        if (m_whole < 0 && m_at / (qint64(64) << 20) != (m_at - piece.size()) / (qint64(64) << 20))
            if (const qint64 free = freeDiskBytes(QFileInfo(m_target).absolutePath()); free >= 0 && free < kDiskReserve)
                return fail(ErrorCode::DiskFull, tr("The disk is nearly full."), tr("Free some space, then resume."));
        return {};
    }
    tl::unexpected<Error> tooLong(qint64 bytes)
    {
        m_out.close();
        removePart(m_part);
        return fail(ErrorCode::LimitExceeded,
                    tr("“%1” is not as announced: %2 bytes instead of %3. It was removed.").arg(m_file.name).arg(bytes).arg(m_whole >= 0 && m_file.bytes < 0 ? m_whole : m_file.bytes),
                    tr("The file on the server is not the one that is listed. Try again later, or from another address."));
    }

    const RemoteFile &m_file;
    QString m_target;
    const std::function<void(qint64)> &m_progress;
    Part m_part;
    QFile m_out;
    qint64 m_at = 0;
    qint64 m_whole = -1;  // of the file, as the answer says
    bool m_startAnew = false;
    bool m_hasGrown = false;
};

// ---- what has come

Status syncFile(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite) || ::fsync(file.handle()) != 0)
        return fail(ErrorCode::DiskFull, tr("“%1” cannot be made durable: %2.").arg(path, qt_error_string(errno)), tr("Check the disk, then resume."));
    return {};
}

Result<QString> gitSha1(const QString &path)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadOnly))
        return fail(ErrorCode::Unreadable, tr("Cannot read “%1”.").arg(path));
    QCryptographicHash hash(QCryptographicHash::Sha1);
    hash.addData("blob " + QByteArray::number(file.size()) + QByteArray(1, '\0'));
    while (!file.atEnd())
        hash.addData(file.read(kPieceBytes));
    return QString::fromLatin1(hash.result().toHex());
}

// Whether a file that is here already is the one that the server offers now, as far as it says.
Result<bool> isThatFile(const QString &path, const RemoteFile &file)
{
    if (file.bytes >= 0 && QFileInfo(path).size() != file.bytes)
        return false;
    if (!file.sha256.isEmpty()) {
        ATHANOR_ASSIGN(const QString hash, sha256OfFile(path));
        return hash == file.sha256;
    }
    if (file.gitSha1.isEmpty())
        return true;
    ATHANOR_ASSIGN(const QString hash, gitSha1(path));
    return hash == file.gitSha1;
}

Result<QString> checkedHash(const Part &part, const RemoteFile &file)
{
    ATHANOR_ASSIGN(const QString found, sha256OfFile(part.path));
    QString expected = file.sha256;
    QString made = found;
    if (expected.isEmpty() && !file.gitSha1.isEmpty()) {
        expected = file.gitSha1;
        ATHANOR_ASSIGN(made, gitSha1(part.path));
    }
    if (expected.isEmpty() || made == expected)
        return found;
    removePart(part);
    return fail(ErrorCode::Corrupt, tr("“%1” has come over wrong: its hash is %2…, the server names %3…. It was removed.").arg(file.name, made.left(16), expected.left(16)),
                tr("Resume to fetch it again; if it comes over wrong again, the server's copy is damaged."));
}

Status pause(std::chrono::milliseconds time, const CancelToken &cancel)
{
    QEventLoop loop;  // events go on meanwhile: a pause of the job is heard through them
    QTimer watch;
    QObject::connect(&watch, &QTimer::timeout, &loop, [&] {
        if (cancel.isCancelled())
            loop.quit();
    });
    watch.start(50);
    QTimer::singleShot(time, &loop, &QEventLoop::quit);
    if (!cancel.isCancelled())
        loop.exec();
    return cancel.isCancelled() ? Status(fail(ErrorCode::Cancelled, tr("Stopped."))) : Status();
}

}  // namespace

qint64 bytesOnDisk(const QString &folder, const RemoteFile &file)
{
    const QString target = folder + QLatin1Char('/') + file.name;
    return QFileInfo::exists(target) ? QFileInfo(target).size() : readPart(target, file.url).bytes;
}

Result<QString> transfer(HttpClient &client, const QString &folder, const RemoteFile &file, CancelToken cancel,
                         const std::function<void(qint64)> &progress, const TransferOptions &options)
{
    const QString target = folder + QLatin1Char('/') + file.name;
    if (QFileInfo::exists(target)) {
        ATHANOR_ASSIGN(const bool isSame, isThatFile(target, file));
        if (isSame)
            return sha256OfFile(target);
        QFile::remove(target);  // of another revision: a repository's files go together
    }
    ATHANOR_TRY(makeFolder(QFileInfo(target).absolutePath()));
    auto wait = options.firstPause;
    for (int failures = 0;;) {
        Attempt attempt(folder, file, progress);
        const auto isWhole = attempt.run(client);
        if (isWhole && *isWhole) {
            ATHANOR_ASSIGN(const QString hash, checkedHash(attempt.part(), file));
            ATHANOR_TRY(syncFile(attempt.part().path));
            if (!QFile::rename(attempt.part().path, target))
                return fail(ErrorCode::External, tr("Cannot write “%1”.").arg(target));
            QFile::remove(attempt.part().facts);
            ATHANOR_TRY(syncFolder(QFileInfo(target).absolutePath()));
            return hash;
        }
        if (!isWhole && isWhole.error().detail != QLatin1String("cut"))
            return tl::unexpected(isWhole.error());
        if (attempt.hasGrown()) {
            failures = 0;
            wait = options.firstPause;
        }
        if (++failures >= options.attempts)
            return isWhole ? fail(ErrorCode::External, tr("“%1” keeps changing on the server.").arg(file.name), tr("Try again later.")) : tl::unexpected(isWhole.error());
        ATHANOR_TRY(pause(wait, cancel));
        wait *= 2;
    }
}

}  // namespace athanor::fetch
