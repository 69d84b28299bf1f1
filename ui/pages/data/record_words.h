// A record as people read it: who says what, or a text and its label. Role: from the JSON of a record to lines. Thread:
// pure functions.
#pragma once

#include "core/base/export.h"

#include <QString>

namespace athanor::pages {

/// "user\nHow do I …\n\nassistant\nWrite …", "text\n…\n\nlabel\n…"; JSON set out over lines when it is something else; the
/// text itself when it is no JSON.
ATHANOR_EXPORT QString recordWords(const QString &json);

}  // namespace athanor::pages
