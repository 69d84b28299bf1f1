// Measures the start: from the start of the process, as the system recorded it, to the first complete painting.
// A caller that wants better than the system's 10 ms passes CLOCK_MONOTONIC in ns as ATHANOR_START_NS. Thread: main.
#pragma once

#include <QWidget>

#include <functional>

namespace athanor::shell {

class StartClock {
public:
    StartClock();
    double elapsedMs() const;
    /// Prints {"startMs":…,"residentBytes":…} once the window was painted whole, then calls `then`.
    void reportFirstPaint(QWidget &window, std::function<void()> then) const;

private:
    qint64 m_startNs = 0;  // CLOCK_MONOTONIC
};

}  // namespace athanor::shell
