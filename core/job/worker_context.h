// The context that a worker gives its handler. Role: turns calls into events and metrics, watches control.jsonl and
// the stop signals on a thread of its own and acknowledges within its interval of 100 ms. Private to this room.
// Thread: as Context says; start() and stop() from the worker's main thread.
#pragma once

#include "core/job/context.h"
#include "core/job/event_writer.h"
#include "core/job/metrics.h"
#include "core/job/progress_meter.h"

#include <atomic>
#include <condition_variable>
#include <mutex>
#include <thread>

namespace athanor::job {

class WorkerContext final : public Context {
public:
    WorkerContext(Spec spec, QString jobPath, EventWriter events, std::optional<MetricsWriter> metrics,
                  plugin::Catalogue &plugins);
    ~WorkerContext() override;

    /// Watches control lines numbered above `controlFrom`.
    void start(qint64 controlFrom);
    void stop();
    void setState(State state, const QJsonObject &more = {});
    void setParameters(const QJsonObject &parameters) { m_spec.parameters = parameters; }
    bool cancelRequested() const { return m_cancel.isCancelled(); }
    /// Tries to write what a full disk held back; false when it still does.
    bool isWritten() const { return m_events.isWritten(); }

    void report(const Progress &progress) override;
    const Spec &spec() const override { return m_spec; }
    QString projectPath() const override;
    QString jobPath() const override { return m_jobPath; }
    int attempt() const override { return m_events.attempt(); }
    plugin::Catalogue &plugins() override { return *m_plugins; }
    void metric(qint64 step, const QMap<QString, double> &values) override;
    void log(const QString &level, const QString &text) override;
    void sample(qint64 step, const QString &prompt, const QString &text, const QString &label) override;
    void artifact(qint64 step, const QString &kind, const QString &path, const QJsonObject &facts) override;
    CancelToken cancelToken() const override { return m_cancel; }
    bool pauseRequested() const override { return m_pause; }
    bool takeCheckpointRequest() override;
    QList<QJsonObject> takeMessages() override;

private:
    void watch();
    void readControl();
    void obey(const QJsonObject &line);
    bool act(const QString &action, const QJsonObject &line);

    Spec m_spec;
    QString m_jobPath;
    EventWriter m_events;
    std::optional<MetricsWriter> m_metrics;
    plugin::Catalogue *m_plugins;

    std::mutex m_mutex;  // guards the members down to m_messages
    ProgressMeter m_progress;
    qint64 m_checkpointRequests = 0;
    QList<QJsonObject> m_messages;
    bool m_metricsFailed = false;

    CancelToken m_cancel;
    std::atomic<bool> m_pause{false};
    std::thread m_watcher;
    std::mutex m_stopMutex;
    std::condition_variable m_stopCondition;
    bool m_stopping = false;
    qint64 m_controlOffset = 0;
    qint64 m_controlFrom = 0;
};

/// SIGTERM and SIGINT set a flag that the watcher takes as a cancel; SIGHUP and SIGPIPE are ignored.
void installStopSignals();

}  // namespace athanor::job
