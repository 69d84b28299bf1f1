// Identifiers. Role: ids that sort by creation time, and checks of names that people give. Thread: safe.
#pragma once

#include "core/base/error.h"

namespace athanor {

/// 26 characters of Crockford base 32: 48 bits of UTC milliseconds, then 80 random bits; ids of one process ascend.
/// Greater than `after` too, where that is one: the clock may have been set back since.
ATHANOR_EXPORT QString newIdentifier(const QString &after = {});

/// A person's name for a dataset, tokenizer, model …: 1–80 characters, no control character, no '/', not "." or "..".
ATHANOR_EXPORT Status checkName(const QString &name);

}  // namespace athanor
