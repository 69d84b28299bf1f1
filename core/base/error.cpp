#include "core/base/error.h"

#include <QCoreApplication>

#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

namespace athanor {

namespace {

constexpr std::array<std::pair<ErrorCode, const char *>, 16> kNames{{
    {ErrorCode::InvalidInput, "invalid-input"},
    {ErrorCode::NotFound, "not-found"},
    {ErrorCode::AlreadyExists, "already-exists"},
    {ErrorCode::Unreadable, "unreadable"},
    {ErrorCode::Corrupt, "corrupt"},
    {ErrorCode::Unsupported, "unsupported"},
    {ErrorCode::LimitExceeded, "limit-exceeded"},
    {ErrorCode::DiskFull, "disk-full"},
    {ErrorCode::OutOfMemory, "out-of-memory"},
    {ErrorCode::ReadOnly, "read-only"},
    {ErrorCode::Busy, "busy"},
    {ErrorCode::NewerVersion, "newer-version"},
    {ErrorCode::Cancelled, "cancelled"},
    {ErrorCode::Diverged, "diverged"},
    {ErrorCode::External, "external"},
    {ErrorCode::Internal, "internal"},
}};

struct SystemMeaning {
    ErrorCode code;
    QString hint;
};

SystemMeaning meaningOf(int errorNumber)
{
    const auto tr = [](const char *text) { return QCoreApplication::translate("athanor", text); };
    switch (errorNumber) {
    case ENOSPC:
    case EDQUOT:
        return {ErrorCode::DiskFull, tr("Free some space on that disk, then try again.")};
    case EACCES:
    case EPERM:
        return {ErrorCode::Unreadable, tr("Check the permissions of the file and of its folder.")};
    case EROFS:
        return {ErrorCode::ReadOnly, tr("The disk is read-only. Choose a folder that can be written to.")};
    case ENOENT:
    case ENOTDIR:
        return {ErrorCode::NotFound, tr("Check that it still exists and that its name is spelled right.")};
    case EEXIST:
        return {ErrorCode::AlreadyExists, tr("Choose another name.")};
    case ENOMEM:
        return {ErrorCode::OutOfMemory, tr("Close other programs, then try again.")};
    case EWOULDBLOCK:
        return {ErrorCode::Busy, tr("Another program is using it. Close that program, then try again.")};
    default:
        return {ErrorCode::External, tr("The operating system refused; the detail says why.")};
    }
}

}  // namespace

QString errorCodeName(ErrorCode code)
{
    for (const auto &[value, name] : kNames)
        if (value == code)
            return QString::fromLatin1(name);
    return QStringLiteral("internal");
}

ErrorCode errorCodeFromName(const QString &name)
{
    for (const auto &[value, text] : kNames)
        if (name == QLatin1String(text))
            return value;
    return ErrorCode::Internal;
}

QJsonObject toJson(const Error &error)
{
    QJsonObject object{{QStringLiteral("code"), errorCodeName(error.code)},
                       {QStringLiteral("message"), error.message}};
    if (!error.hint.isEmpty())
        object.insert(QStringLiteral("hint"), error.hint);
    if (!error.detail.isEmpty())
        object.insert(QStringLiteral("detail"), error.detail);
    return object;
}

Error errorFromJson(const QJsonObject &object)
{
    return {errorCodeFromName(object.value(QStringLiteral("code")).toString()),
            object.value(QStringLiteral("message")).toString(), object.value(QStringLiteral("hint")).toString(),
            object.value(QStringLiteral("detail")).toString()};
}

Error systemError(int errorNumber, const QString &what, const QString &path)
{
    const QString reason = QString::fromLocal8Bit(std::strerror(errorNumber));
    const SystemMeaning meaning = meaningOf(errorNumber);
    return {meaning.code, QStringLiteral("%1 “%2”: %3").arg(what, path, reason), meaning.hint,
            QStringLiteral("errno %1").arg(errorNumber)};
}

}  // namespace athanor
