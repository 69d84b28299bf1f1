// Whole lines of a file that grows. Role: shared by the readers of events and of control lines; a torn last line is
// not yet a line. Limits: a line longer than kLineLimit is passed over. Private to this room. Thread: functions safe.
#pragma once

#include <QByteArray>
#include <QString>

#include <functional>

namespace athanor::job {

inline constexpr qint64 kLineLimit = qint64(64) << 20;

/// Calls `take` with every whole line from `offset` on (without its line feed; empty lines are left out) and moves
/// `offset` behind the last one. A file that is missing has no lines.
void readWholeLines(const QString &path, qint64 &offset, const std::function<void(QByteArrayView)> &take);

}  // namespace athanor::job
