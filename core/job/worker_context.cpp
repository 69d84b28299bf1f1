#include "core/job/worker_context.h"

#include "core/job/line_file.h"
#include "core/job/metrics_format.h"

#include <QDir>
#include <QElapsedTimer>
#include <QJsonDocument>

#include <csignal>

namespace athanor::job {

namespace {

constexpr auto kWatchInterval = std::chrono::milliseconds(100);

volatile std::sig_atomic_t stopSignal = 0;

void takeStopSignal(int)
{
    stopSignal = 1;
}

qint64 monotonicMs()
{
    static const QElapsedTimer clock = [] {
        QElapsedTimer timer;
        timer.start();
        return timer;
    }();
    return clock.elapsed();
}

}  // namespace

void installStopSignals()
{
    struct sigaction action{};
    action.sa_handler = takeStopSignal;
    action.sa_flags = SA_RESTART;
    ::sigaction(SIGTERM, &action, nullptr);
    ::sigaction(SIGINT, &action, nullptr);
    action.sa_handler = SIG_IGN;
    ::sigaction(SIGHUP, &action, nullptr);
    ::sigaction(SIGPIPE, &action, nullptr);
}

WorkerContext::WorkerContext(Spec spec, QString jobPath, EventWriter events, std::optional<MetricsWriter> metrics,
                             plugin::Catalogue &plugins)
    : m_spec(std::move(spec)),
      m_jobPath(std::move(jobPath)),
      m_events(std::move(events)),
      m_metrics(std::move(metrics)),
      m_plugins(&plugins)
{
}

WorkerContext::~WorkerContext()
{
    stop();
}

QString WorkerContext::projectPath() const
{
    return QDir::cleanPath(m_jobPath + QStringLiteral("/../.."));
}

void WorkerContext::start(qint64 controlFrom)
{
    m_controlFrom = controlFrom;
    readControl();  // what was sent before the worker was up counts at once
    m_watcher = std::thread([this] { watch(); });
}

void WorkerContext::stop()
{
    {
        const std::lock_guard guard(m_stopMutex);
        m_stopping = true;
    }
    m_stopCondition.notify_all();
    if (m_watcher.joinable())
        m_watcher.join();
}

void WorkerContext::watch()
{
    std::unique_lock lock(m_stopMutex);
    while (!m_stopCondition.wait_for(lock, kWatchInterval, [this] { return m_stopping; })) {
        lock.unlock();
        if (stopSignal && !m_cancel.isCancelled())
            act(QStringLiteral("cancel"), {});
        readControl();
        lock.lock();
    }
}

void WorkerContext::readControl()
{
    readWholeLines(m_jobPath + QStringLiteral("/control.jsonl"), m_controlOffset, [this](QByteArrayView line) {
        const QJsonObject object = QJsonDocument::fromJson(line.toByteArray()).object();
        if (object.value(QLatin1String("number")).toInteger() > m_controlFrom)
            obey(object);
    });
}

void WorkerContext::obey(const QJsonObject &line)
{
    const QString action = line.value(QLatin1String("action")).toString();
    m_controlFrom = line.value(QLatin1String("number")).toInteger();
    const bool accepted = act(action, line);
    m_events.append(EventType::Control, {{QStringLiteral("number"), m_controlFrom},
                                         {QStringLiteral("action"), action},
                                         {QStringLiteral("accepted"), accepted}});
}

bool WorkerContext::act(const QString &action, const QJsonObject &line)
{
    if (action == QLatin1String("cancel")) {
        m_cancel.cancel();
        setState(State::Cancelling);
        return true;
    }
    if (action == QLatin1String("pause")) {
        if (m_cancel.isCancelled())
            return false;
        m_pause = true;
        setState(State::Pausing);
        return true;
    }
    const std::lock_guard guard(m_mutex);
    if (action == QLatin1String("checkpoint"))
        ++m_checkpointRequests;
    else if (!action.isEmpty())
        m_messages += line;
    return !action.isEmpty();
}

void WorkerContext::setState(State state, const QJsonObject &more)
{
    QJsonObject data = more;
    data.insert(QStringLiteral("state"), stateName(state));
    m_events.append(EventType::State, data);
}

void WorkerContext::report(const Progress &progress)
{
    std::optional<QJsonObject> data;
    {
        const std::lock_guard guard(m_mutex);
        data = m_progress.take(progress, monotonicMs());
    }
    if (data)
        m_events.append(EventType::Progress, *data);
}

void WorkerContext::metric(qint64 step, const QMap<QString, double> &values)
{
    QJsonObject object;
    for (auto it = values.begin(); it != values.end(); ++it)
        object.insert(it.key(), metrics_format::numberValue(it.value()));
    const std::lock_guard guard(m_mutex);  // both files in the same order
    m_events.append(EventType::Metric, {{QStringLiteral("values"), object}}, step);
    if (!m_metrics)
        return;
    const Status written = m_metrics->append(attempt(), step, QDateTime::currentMSecsSinceEpoch(), values);
    if (!written && !std::exchange(m_metricsFailed, true))
        m_events.append(EventType::Log, {{QStringLiteral("level"), QStringLiteral("warning")},
                                         {QStringLiteral("text"), written.error().message}});
}

void WorkerContext::log(const QString &level, const QString &text)
{
    std::fprintf(stderr, "[%s] %s\n", qUtf8Printable(level), qUtf8Printable(text));
    m_events.append(EventType::Log, {{QStringLiteral("level"), level}, {QStringLiteral("text"), text}});
}

void WorkerContext::sample(qint64 step, const QString &prompt, const QString &text, const QString &label)
{
    m_events.append(EventType::Sample,
                    {{QStringLiteral("prompt"), prompt}, {QStringLiteral("text"), text}, {QStringLiteral("label"), label}},
                    step);
}

void WorkerContext::artifact(qint64 step, const QString &kind, const QString &path, const QJsonObject &facts)
{
    QJsonObject data = facts;
    data.insert(QStringLiteral("kind"), kind);
    data.insert(QStringLiteral("path"), path);
    m_events.append(EventType::Artifact, data, step);
}

bool WorkerContext::takeCheckpointRequest()
{
    const std::lock_guard guard(m_mutex);
    if (m_checkpointRequests == 0)
        return false;
    --m_checkpointRequests;
    return true;
}

QList<QJsonObject> WorkerContext::takeMessages()
{
    const std::lock_guard guard(m_mutex);
    return std::exchange(m_messages, {});
}

}  // namespace athanor::job
