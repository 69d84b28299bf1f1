// What a worker asks of the desktop, when there is one: not to sleep, and to tell that a job ended. Both fail
// silently: a server has neither. Private to this room. Thread: the worker's main thread.
#pragma once

#include <QString>

namespace athanor::job {

/// While the object lives the machine does not go to sleep (systemd-inhibit). It ends with the process, even a killed one.
class SleepBlocker {
public:
    explicit SleepBlocker(const QString &reason);
    ~SleepBlocker();
    SleepBlocker(const SleepBlocker &) = delete;

private:
    int m_pipe = -1;
    qint64 m_process = -1;
};

/// notify-send, unless the person's settings say notifications/enabled=false.
void notifyPerson(const QString &title, const QString &text);

}  // namespace athanor::job
