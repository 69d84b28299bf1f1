// Whether the files of the newest dataset are still as they were when it was curated. Role: looks on a thread of its own
// when a project is opened, a curation has ended, the window comes to the front, and now and then; lists folders, reads
// no file, and gives up after kLookMs. Thread: the window's; changed() comes there.
#pragma once

#include "core/corpus/source_look.h"
#include "core/workbench/workbench.h"

#include <QElapsedTimer>
#include <QObject>

class QThread;

namespace athanor::shell {

class SourceWatch : public QObject {
    Q_OBJECT
public:
    static constexpr qint64 kLookMs = 20000;
    static constexpr qint64 kEveryMs = 60000;
    static constexpr qint64 kPauseMs = 3000;   // between two looks, whoever asks
    static constexpr qint64 kShare = 20;       // so many times as long as a look took is waited before the next

    explicit SourceWatch(QObject *parent = nullptr) : QObject(parent) {}
    ~SourceWatch() override;

    /// Looks unless a look is under way or has just ended. `bench` must live until stop().
    void look(workbench::Workbench &bench);
    /// Looks when the last look is longer ago than kEveryMs.
    void tick(workbench::Workbench &bench);
    /// Looks when the newest dataset is another one than at the last look.
    void projectChanged(workbench::Workbench &bench);
    void stop();

Q_SIGNALS:
    void changed();  // the project was told something new

private:
    void take(workbench::Workbench &bench, const QString &job, const Result<corpus::SourceChanges> &changes);
    QThread *m_thread = nullptr;
    CancelToken m_cancel;
    QString m_job;          // of the dataset that was looked at last
    QElapsedTimer m_since;  // the last look
    qint64 m_tookMs = 0;    // how long it took
};

}  // namespace athanor::shell
