// documents.jsonl.zst, the list that a curate job leaves: one JSON object a line in zstd frames. Role: reads it in
// pieces. Limits: a line of 16 MiB, a window of 128 MiB; memory stays bounded however far a frame expands. Private to this room.
#pragma once

#include "core/base/error.h"

#include <QByteArrayView>

#include <functional>

namespace athanor::project {

/// Calls `take` for every line. Errors: as readFile(), Corrupt (where), LimitExceeded, or what `take` answers.
Status readDocumentList(const QString &path, const std::function<Status(QByteArrayView line)> &take);

}  // namespace athanor::project
