// Errors as values. Role: the one error type of Athanor. Never thrown; other libraries' exceptions become
// one of these at the single place where each library is called. Thread: plain values.
#pragma once

#include "core/base/export.h"

#include <QJsonObject>
#include <QString>

#include <tl/expected.hpp>

namespace athanor {

enum class ErrorCode {
    InvalidInput,  // the person's input or parameters cannot be used
    NotFound,
    AlreadyExists,
    Unreadable,  // exists, but cannot be read (permission, encrypted, vanished while reading)
    Corrupt,     // was read, and is broken
    Unsupported,
    LimitExceeded,  // larger or deeper than the limits against hostile input allow
    DiskFull,
    OutOfMemory,
    ReadOnly,
    Busy,  // another program holds it
    NewerVersion,
    Cancelled,
    Diverged,  // training met NaN or infinity
    External,  // another library or program failed
    Internal,
};

/// What failed. `message` names the values involved, `hint` says what the person can do, `detail` is for the log.
struct Error {
    ErrorCode code = ErrorCode::Internal;
    QString message;
    QString hint;
    QString detail;
};

template <typename T> using Result = tl::expected<T, Error>;
using Status = Result<void>;

/// Shorthand for returning an error: `return fail(ErrorCode::NotFound, tr("…"), tr("…"));`
inline tl::unexpected<Error> fail(ErrorCode code, QString message, QString hint = {}, QString detail = {})
{
    return tl::unexpected<Error>(Error{code, std::move(message), std::move(hint), std::move(detail)});
}
inline tl::unexpected<Error> fail(Error error) { return tl::unexpected<Error>(std::move(error)); }

/// Stable lower-case name of a code ("not-found"), used in events and --json.
ATHANOR_EXPORT QString errorCodeName(ErrorCode code);
ATHANOR_EXPORT ErrorCode errorCodeFromName(const QString &name);

/// {"code","message","hint","detail"}; the form in which errors stand in events and in --json.
ATHANOR_EXPORT QJsonObject toJson(const Error &error);
ATHANOR_EXPORT Error errorFromJson(const QJsonObject &object);

/// An Error from errno after a failed system call on `path`: disk full, permission, missing … each with its hint.
ATHANOR_EXPORT Error systemError(int errorNumber, const QString &what, const QString &path);

}  // namespace athanor

// Evaluates `expression` (a Result or Status); returns its error from the calling function if it failed.
#define ATHANOR_TRY(expression)                                                                                        \
    do {                                                                                                               \
        auto athanorTryStatus = (expression);                                                                          \
        if (!athanorTryStatus)                                                                                         \
            return tl::unexpected<::athanor::Error>(std::move(athanorTryStatus.error()));                              \
    } while (false)

#define ATHANOR_CONCAT_INNER(a, b) a##b
#define ATHANOR_CONCAT(a, b) ATHANOR_CONCAT_INNER(a, b)
// `ATHANOR_ASSIGN(auto value, compute());` declares value, or returns the error.
#define ATHANOR_ASSIGN(declaration, expression)                                                                        \
    auto ATHANOR_CONCAT(athanorResult, __LINE__) = (expression);                                                       \
    if (!ATHANOR_CONCAT(athanorResult, __LINE__))                                                                      \
        return tl::unexpected<::athanor::Error>(std::move(ATHANOR_CONCAT(athanorResult, __LINE__).error()));           \
    declaration = std::move(*ATHANOR_CONCAT(athanorResult, __LINE__))
