// What a run left out, in words. Role: one wording for the command line and the window, from the list "leftOut" of its
// plan.json or result (core/train/left_out). Thread: pure function of its argument.
#pragma once

#include "core/base/export.h"

#include <QJsonArray>
#include <QStringList>

namespace athanor::insight {

/// "Step 1,512: the loss jumped to 11, where 2.9 was usual. Its batch was left out; it read: a.txt, b.txt.", newest first.
/// Entries that are none are passed over.
ATHANOR_EXPORT QStringList leftOutWords(const QJsonArray &leftOut);

}  // namespace athanor::insight
