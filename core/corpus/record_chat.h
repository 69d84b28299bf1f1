// Messages of a record, checked and written. Private to the room. Thread: pure functions.
#pragma once

#include "core/corpus/record_canonical.h"
#include "core/corpus/record_json.h"

namespace athanor::corpus {

using MessagesResult = tl::expected<RecordJson, RecordProblem>;

tl::unexpected<RecordProblem> badRecord(const char *id, const QString &detail);

/// A list of messages (role and content) or of ShareGPT turns (from and value) in canonical form.
MessagesResult canonicalMessages(const RecordJson &turns);
/// "tools": a list, or a text that holds one; null when it is empty.
MessagesResult canonicalTools(const RecordJson &tools);
/// Whether a model can learn from this order of roles, and has something to learn.
tl::expected<void, RecordProblem> checkConversation(const RecordJson &messages);

}  // namespace athanor::corpus
