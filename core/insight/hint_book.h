// Which hints stand. Role: between the rules and who is told: a hint is said once when it begins to hold and once when
// it has gone, and neither for a moment's sake. In a job's events each is an artifact of kind "hint" (toJson(Hint) and
// "open"). Thread: values.
#pragma once

#include "core/insight/hints.h"
#include "core/job/event.h"

#include <QList>

#include <map>

namespace athanor::insight {

inline constexpr char kHintArtifact[] = "hint";

class ATHANOR_EXPORT HintBook {
public:
    struct Change {
        Hint hint;
        bool opens = true;
    };
    /// What changed at this look.
    QList<Change> look(const History &history, const RunFacts &facts);

private:
    struct State {
        int held = 0;   // looks in a row
        int quiet = 0;
        bool isOpen = false;
        Hint hint;
    };
    std::map<QString, State> m_states;
};

/// A hint as the events tell it.
struct ToldHint {
    Hint hint;
    qint64 closedAt = -1;  // step; −1: it stands
    int attempt = 1;
};
/// Adds what these events say to what was told before, oldest first. A new attempt begins with nothing that stands.
ATHANOR_EXPORT void addTold(QList<ToldHint> &told, const QList<job::Event> &events);

}  // namespace athanor::insight
