// One record to its canonical JSON, or why it cannot be one. Role: what every later stage reads, whatever the file's form:
//   {"messages":[{"role":"user","content":"…"},{"role":"assistant","content":"…"}],"tools":[…]}     or  {"text":"…","label":"…"}
// Roles are system, developer, user, assistant, tool (human, gpt … become these). A message has besides: reasoning_content,
// tool_calls ([{"id"?,"type":"function","function":{"name","arguments":{…}}}]), name, tool_call_id. A content in parts is
// joined; what else stands in a record is left out. Thread: pure functions.
#pragma once

#include "core/corpus/record_form.h"

namespace athanor::corpus {

struct CanonicalRecord {
    QByteArray json;
    QString label;      // of labelled texts
    QByteArray prose;   // all texts of the record, one after another: what its language is told from
};

/// Counted together by id: "missing_column" …
struct RecordProblem {
    QString id, title, detail;
};

using CanonicalResult = tl::expected<CanonicalRecord, RecordProblem>;

/// `record`: one JSON object as text.
ATHANOR_EXPORT CanonicalResult canonicalRecord(QByteArrayView record, const RecordForm &form);

}  // namespace athanor::corpus
