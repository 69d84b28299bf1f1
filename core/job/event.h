// The events of a job: what the worker says, in order, one JSON object a line. Thread: values.
#pragma once

#include "core/base/error.h"

#include <QDateTime>
#include <QJsonObject>

#include <optional>

namespace athanor::job {

inline constexpr int kEventFormat = 1;

enum class EventType { State, Progress, Metric, Log, Sample, Artifact, Control };

struct Event {
    qint64 sequence = 0;      // from 1, over all attempts
    int attempt = 1;
    qint64 step = -1;         // training step, or -1
    QDateTime utc;
    qint64 monotonicMs = 0;   // since this attempt began
    EventType type = EventType::Log;
    QJsonObject data;
    // data by type:
    //   state    {"state": name, "error": {…}?, "result": {…}?, "kept": text?}
    //   progress {"phase","done","total","unit","rate","etaSeconds"}
    //   metric   {"values": {name: number, …}}       NaN and infinities as the strings "nan", "inf", "-inf"
    //   log      {"level": "info|warning|error", "text"}
    //   sample   {"prompt","text","label"}
    //   artifact {"kind","path" (relative to the project),"sha256"?, …facts}
    //   control  {"number": N, "action", "accepted": bool}   acknowledges a line of control.jsonl
};

enum class State { Queued, Starting, Running, Pausing, Paused, Cancelling, Cancelled, Finished, Failed, Lost };

ATHANOR_EXPORT QString stateName(State state);
ATHANOR_EXPORT std::optional<State> stateFromName(const QString &name);
/// Cancelled, Finished, Failed (Lost and Paused can be resumed and are not final).
ATHANOR_EXPORT bool isFinal(State state);

ATHANOR_EXPORT QString eventTypeName(EventType type);
ATHANOR_EXPORT QByteArray toLine(const Event &event);                 // with the line feed
ATHANOR_EXPORT Result<Event> eventFromLine(QByteArrayView line);

}  // namespace athanor::job
