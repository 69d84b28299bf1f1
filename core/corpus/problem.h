// Why a document could not be read, in a form that can be counted: an Error whose detail begins with the reason's id.
// Thread: values.
#pragma once

#include "core/base/error.h"

namespace athanor::corpus {

/// An Error for one of the reasons that problemTitle() knows: "encrypted", "scanned", "truncated", "broken",
/// "crashed", "timeout", "bomb", "too_large", "vanished", "changed", "permission", "encoding", "format", "line", "columns".
ATHANOR_EXPORT Error problem(const QString &reason, const QString &message, const QString &hint = {});

/// The reason's id of such an error; other errors are sorted by their code.
ATHANOR_EXPORT QString problemReason(const Error &error);
/// "Protected by a password".
ATHANOR_EXPORT QString problemTitle(const QString &reason);

}  // namespace athanor::corpus
