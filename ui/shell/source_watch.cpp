#include "ui/shell/source_watch.h"

#include <QThread>

#include <algorithm>

namespace athanor::shell {

SourceWatch::~SourceWatch()
{
    stop();
}

void SourceWatch::stop()
{
    m_cancel.cancel();
    if (m_thread) {
        m_thread->wait();
        delete std::exchange(m_thread, nullptr);
    }
    m_cancel = CancelToken();
    m_job.clear();
    m_since.invalidate();
    m_tookMs = 0;
}

void SourceWatch::tick(workbench::Workbench &bench)
{
    if (!m_since.isValid() || m_since.hasExpired(kEveryMs))
        look(bench);
}

void SourceWatch::projectChanged(workbench::Workbench &bench)
{
    const auto datasets = bench.project().datasets();
    if (datasets && !datasets->isEmpty() && datasets->first().jobId != m_job)
        look(bench);
}

void SourceWatch::look(workbench::Workbench &bench)
{
    const auto datasets = bench.project().datasets();
    if (!m_since.isValid())
        m_since.start();
    if (m_thread || !datasets || datasets->isEmpty())
        return;
    const QString job = datasets->first().jobId;
    if (job == m_job && !m_since.hasExpired(std::max(kPauseMs, kShare * m_tookMs)))
        return;
    m_job = job;
    m_since.start();
    auto made = bench.sourceLook(datasets->first());
    if (!made)
        return;
    auto ready = std::make_shared<corpus::SourceLook>(std::move(*made));
    m_thread = QThread::create([this, ready, job, &bench, cancel = m_cancel] {
        const auto changes = ready->run(cancel, kLookMs);
        QMetaObject::invokeMethod(this, [this, &bench, job, changes, cancel] {
            if (!cancel.isCancelled())
                take(bench, job, changes);
        }, Qt::QueuedConnection);
    });
    m_thread->start(QThread::LowPriority);
}

void SourceWatch::take(workbench::Workbench &bench, const QString &job, const Result<corpus::SourceChanges> &changes)
{
    m_thread->wait();
    delete std::exchange(m_thread, nullptr);
    m_tookMs = m_since.restart();
    if (changes && bench.noteSourceChanges(job, *changes))
        Q_EMIT changed();
}

}  // namespace athanor::shell
