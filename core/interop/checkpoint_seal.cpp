// See checkpoint_seal.h.
#include "core/interop/checkpoint_seal.h"

#include "core/base/atomic_file.h"
#include "core/base/hash.h"

#include <QCoreApplication>
#include <QFile>
#include <QFileInfo>
#include <QJsonDocument>

#include <fcntl.h>
#include <unistd.h>

namespace athanor::interop {
namespace {

constexpr char kOwnHash[] = "stateSha256";
constexpr char kFiles[] = "files";
constexpr qsizetype kHashDigits = 64;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

/// Written pages are given up, so that the next reading comes from the disk; a system that keeps them does no harm.
void forgetPages(const QString &path)
{
    const int descriptor = ::open(QFile::encodeName(path).constData(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
        return;
    ::posix_fadvise(descriptor, 0, 0, POSIX_FADV_DONTNEED);
    ::close(descriptor);
}

tl::unexpected<Error> damaged(const QString &path, const QString &what, const QString &detail)
{
    return fail(ErrorCode::Corrupt, tr("“%1” is damaged: %2.").arg(path, what), tr("Use another checkpoint of the run."), detail);
}

/// Where the hash of state.json stands in its bytes; -1: nowhere.
qsizetype ownHashAt(const QByteArray &bytes)
{
    const QByteArray key = QByteArray("\"") + kOwnHash + "\": \"";
    const qsizetype at = bytes.indexOf(key);
    return at < 0 || at + key.size() + kHashDigits > bytes.size() ? -1 : at + key.size();
}

QString hashWithoutItself(QByteArray bytes, qsizetype at)
{
    return sha256(bytes.replace(at, kHashDigits, QByteArray(kHashDigits, '0')));
}

Status checkEntry(const QString &path, const QJsonObject &expected)
{
    if (!QFileInfo::exists(path))
        return damaged(path, tr("it is not there"), {});
    const qint64 bytes = expected.value(QLatin1String("bytes")).toInteger(-1);
    if (bytes >= 0 && QFileInfo(path).size() != bytes)
        return damaged(path, tr("it has %1 bytes instead of %2").arg(QFileInfo(path).size()).arg(bytes), {});
    ATHANOR_ASSIGN(const QString found, sha256OfFile(path));
    const QString hash = expected.value(QLatin1String("sha256")).toString();
    if (found != hash)
        return damaged(path, tr("its SHA-256 is not the recorded one"), QStringLiteral("%1 instead of %2").arg(found, hash));
    return {};
}

/// What state.json says of the other files; of an older checkpoint only of the tensors', without their lengths.
QJsonObject filesOf(const QString &folder, const QJsonObject &state)
{
    if (state.contains(QLatin1String(kFiles)))
        return state.value(QLatin1String(kFiles)).toObject();
    const bool isAdapter = QFileInfo::exists(folder + QStringLiteral("/adapter.json"));
    QJsonObject files;
    for (const auto &[name, key] : {std::pair(isAdapter ? "adapter.safetensors" : "model.safetensors", "weightsSha256"),
                                    std::pair("optimizer.safetensors", "optimizerSha256")})
        if (const QJsonValue hash = state.value(QLatin1String(key)); hash.isString())
            files.insert(QLatin1String(name), QJsonObject{{QStringLiteral("sha256"), hash}});
    return files;
}

}  // namespace

Result<QJsonObject> readBack(const QString &folder, const FileHashes &written)
{
    QJsonObject files;
    for (auto it = written.begin(); it != written.end(); ++it) {
        const QString path = folder + QLatin1Char('/') + it.key();
        forgetPages(path);
        const QJsonObject entry{{QStringLiteral("bytes"), QFileInfo(path).size()}, {QStringLiteral("sha256"), it.value()}};
        if (const Status whole = checkEntry(path, entry); !whole)
            return fail(whole.error().code, tr("“%1” was written and cannot be read back as it was.").arg(path),
                        tr("The disk may be failing: look at the system's log, and copy the project to another disk."),
                        whole.error().detail);
        files.insert(it.key(), entry);
    }
    return files;
}

QByteArray sealed(QJsonObject state)
{
    state[QLatin1String(kOwnHash)] = QString(kHashDigits, QLatin1Char('0'));
    QByteArray bytes = QJsonDocument(state).toJson(QJsonDocument::Indented);
    const qsizetype at = ownHashAt(bytes);
    return bytes.replace(at, kHashDigits, sha256(bytes).toLatin1());
}

Result<QJsonObject> readSealed(const QString &folder)
{
    const QString path = folder + QStringLiteral("/state.json");
    ATHANOR_ASSIGN(const QJsonObject state, readJsonFile(path));
    // Either key alone says that it was sealed: one of them may be what is damaged.
    if (!state.contains(QLatin1String(kOwnHash)) && !state.contains(QLatin1String(kFiles)))
        return state;
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(path));
    const qsizetype at = ownHashAt(bytes);
    if (at < 0 || hashWithoutItself(bytes, at) != QString::fromLatin1(bytes.mid(at, kHashDigits)))
        return damaged(path, tr("its SHA-256 is not the recorded one"), {});
    return state;
}

Status checkFiles(const QString &folder, const QJsonObject &state)
{
    const QJsonObject files = filesOf(folder, state);
    for (auto it = files.begin(); it != files.end(); ++it)
        ATHANOR_TRY(checkEntry(folder + QLatin1Char('/') + it.key(), it.value().toObject()));
    return {};
}

Status checkFile(const QString &folder, const QString &name, const QJsonObject &state)
{
    const QJsonObject files = filesOf(folder, state);
    const auto entry = files.find(name);
    return entry == files.end() ? Status() : checkEntry(folder + QLatin1Char('/') + name, entry->toObject());
}

Result<QJsonObject> checkModelFiles(const QString &folder, ModelFiles which)
{
    if (!QFileInfo::exists(folder + QStringLiteral("/state.json")))
        return QJsonObject();
    ATHANOR_ASSIGN(const QJsonObject state, readSealed(folder));
    for (const char *name : {"architecture.json", "adapter.json", "tokenizer.json", "tokenizer.model"})
        ATHANOR_TRY(checkFile(folder, QLatin1String(name), state));
    for (const char *name : {"model.safetensors", "adapter.safetensors"})
        if (which == ModelFiles::All)
            ATHANOR_TRY(checkFile(folder, QLatin1String(name), state));
    return state;
}

}  // namespace athanor::interop
