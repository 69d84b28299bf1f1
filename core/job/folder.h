// A job seen from outside: its folder. Role: create, read events as they come, conclude the state, send control.
// Used by the window, the command line and the queue. It never writes events: only the worker does.
// Thread: each object for one thread.
#pragma once

#include "core/job/event.h"
#include "core/job/spec.h"

#include <QFile>

namespace athanor::job {

struct Summary {
    State state = State::Queued;
    int attempt = 0;
    QJsonObject progress;       // the last progress event's data
    qint64 step = -1;           // of the last event that had one
    Error error;                // when Failed
    QJsonObject result;         // when Finished
    QString kept;               // when Cancelled, Paused
    QDateTime started, ended;   // UTC; invalid when not yet
    qint64 lastSequence = 0;
};

class ATHANOR_EXPORT Folder {
public:
    /// Makes <project>/jobs/<spec.id>/ with spec.json. The id is set here when empty.
    static Result<Folder> create(const QString &projectPath, Spec spec);
    static Result<Folder> open(const QString &projectPath, const QString &jobId);
    /// All jobs of a project, oldest first; unreadable folders are skipped and reported in `problems` when given.
    static QList<Folder> all(const QString &projectPath, QStringList *problems = nullptr);

    const Spec &spec() const { return m_spec; }
    /// The spec's parameters with results of other jobs filled in, as the worker saw them; unfilled before it started.
    QJsonObject parameters() const;
    QString path() const { return m_path; }
    QString projectPath() const;

    /// Events that appeared since the last call. A torn last line waits for its end; a broken line in the
    /// middle is skipped and counted. Repeated steps of a later attempt are the reader's to replace.
    /// WithoutMetrics passes over metric events unparsed: MetricsReader has them a hundred times faster.
    enum class Read { All, WithoutMetrics };
    QList<Event> readNewEvents(Read what = Read::All);
    void rewind();
    int brokenLineCount() const { return m_brokenLines; }

    /// State concluded from all events, from the worker's lock and identity (Lost), and from the queue.
    Summary summary();

    /// Appends a numbered line to control.jsonl: "pause", "cancel", "checkpoint", or a kind's own action.
    Result<qint64> sendControl(const QString &action, const QJsonObject &data = {});
    /// True while a worker of this machine holds the folder's lock.
    bool isHeld() const;

private:
    Folder(QString path, Spec spec);
    void scanForSummary(bool held);
    QString m_path;
    Spec m_spec;
    qint64 m_offset = 0;        // of readNewEvents(): start of the first line not yet returned
    int m_brokenLines = 0;
    qint64 m_scanOffset = 0;    // of summary(): the same, for its own reading
    State m_lastState = State::Queued;
    bool m_sawState = false;
    Summary m_summary;
};

}  // namespace athanor::job
