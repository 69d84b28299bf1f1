#include "core/corpus/problem.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

constexpr QLatin1String kPrefix("reason:");

struct Reason {
    const char *id;
    ErrorCode code;
    const char *title;
};
constexpr Reason kReasons[] = {
    {"encrypted", ErrorCode::Unreadable, QT_TRANSLATE_NOOP("athanor", "Protected by a password")},
    {"scanned", ErrorCode::Unsupported, QT_TRANSLATE_NOOP("athanor", "Pictures of pages, no text")},
    {"truncated", ErrorCode::Corrupt, QT_TRANSLATE_NOOP("athanor", "Cut off")},
    {"broken", ErrorCode::Corrupt, QT_TRANSLATE_NOOP("athanor", "Broken")},
    {"crashed", ErrorCode::External, QT_TRANSLATE_NOOP("athanor", "The reader stopped")},
    {"timeout", ErrorCode::LimitExceeded, QT_TRANSLATE_NOOP("athanor", "Took too long to read")},
    {"bomb", ErrorCode::LimitExceeded, QT_TRANSLATE_NOOP("athanor", "Expands beyond the limits")},
    {"too_large", ErrorCode::LimitExceeded, QT_TRANSLATE_NOOP("athanor", "Too large")},
    {"vanished", ErrorCode::NotFound, QT_TRANSLATE_NOOP("athanor", "No longer there")},
    {"changed", ErrorCode::Unreadable, QT_TRANSLATE_NOOP("athanor", "Changed while it was read")},
    {"permission", ErrorCode::Unreadable, QT_TRANSLATE_NOOP("athanor", "Not allowed to read it")},
    {"encoding", ErrorCode::Unsupported, QT_TRANSLATE_NOOP("athanor", "Not text")},
    {"format", ErrorCode::Unsupported, QT_TRANSLATE_NOOP("athanor", "Not the format its name says")},
    {"line", ErrorCode::Corrupt, QT_TRANSLATE_NOOP("athanor", "Broken line")},
    {"columns", ErrorCode::InvalidInput, QT_TRANSLATE_NOOP("athanor", "Columns must be mapped")},
    {"other", ErrorCode::External, QT_TRANSLATE_NOOP("athanor", "Cannot be read")},
};

const Reason *findReason(const QString &id)
{
    for (const Reason &reason : kReasons)
        if (id == QLatin1String(reason.id))
            return &reason;
    return nullptr;
}

}  // namespace

Error problem(const QString &reason, const QString &message, const QString &hint)
{
    const Reason *known = findReason(reason);
    return {known ? known->code : ErrorCode::Unreadable, message, hint, kPrefix + reason};
}

QString problemReason(const Error &error)
{
    if (error.detail.startsWith(kPrefix))
        return error.detail.mid(kPrefix.size()).section(QLatin1Char('\n'), 0, 0);
    switch (error.code) {
    case ErrorCode::NotFound: return QStringLiteral("vanished");
    case ErrorCode::Unreadable:
    case ErrorCode::ReadOnly: return QStringLiteral("permission");
    case ErrorCode::Corrupt: return QStringLiteral("broken");
    case ErrorCode::LimitExceeded: return QStringLiteral("too_large");
    case ErrorCode::Unsupported: return QStringLiteral("format");
    default: return QStringLiteral("other");
    }
}

QString problemTitle(const QString &reason)
{
    const Reason *known = findReason(reason);
    return QCoreApplication::translate("athanor", known ? known->title : "Cannot be read");
}

}  // namespace athanor::corpus
