// A job's context without a worker: keeps what the handler says, and can ask it to stop at a chosen step.
// Role: for tests of handlers. Thread: the handler's.
#pragma once

#include "core/job/context.h"

#include <QTemporaryDir>

#include <atomic>

namespace athanor::test {

class FakeContext final : public job::Context {
public:
    FakeContext(QString project, job::Spec spec, plugin::Catalogue &plugins)
        : m_project(std::move(project)), m_spec(std::move(spec)), m_plugins(&plugins)
    {
        QDir().mkpath(jobPath());
    }

    struct Sample {
        qint64 step;
        QString prompt, text, label;
    };
    struct Artifact {
        qint64 step;
        QString kind, path;
        QJsonObject facts;
    };

    const job::Spec &spec() const override { return m_spec; }
    QString projectPath() const override { return m_project; }
    QString jobPath() const override { return m_project + QStringLiteral("/jobs/") + m_spec.id; }
    int attempt() const override { return m_attempt; }
    plugin::Catalogue &plugins() override { return *m_plugins; }
    void report(const Progress &progress) override
    {
        phases += progress.phase;
        if (onProgress)
            onProgress(progress);
    }
    void metric(qint64 step, const QMap<QString, double> &values) override
    {
        metrics[step] = values;
        if (step == stopAfterStep)
            m_cancel.cancel();
        if (step == pauseAfterStep)
            m_pause = true;
    }
    void log(const QString &level, const QString &text) override { logs += level + QStringLiteral(": ") + text; }
    void sample(qint64 step, const QString &prompt, const QString &text, const QString &label) override
    {
        samples += {step, prompt, text, label};
    }
    void artifact(qint64 step, const QString &kind, const QString &path, const QJsonObject &facts) override
    {
        artifacts += {step, kind, path, facts};
    }
    CancelToken cancelToken() const override { return m_cancel; }
    bool pauseRequested() const override { return m_pause || pauseFromTheStart; }
    bool takeCheckpointRequest() override { return std::exchange(checkpointRequested, false); }
    QList<QJsonObject> takeMessages() override { return std::exchange(messages, {}); }

    qint64 stopAfterStep = -1;
    qint64 pauseAfterStep = -1;
    std::atomic<bool> pauseFromTheStart{false};
    bool checkpointRequested = false;
    QList<QJsonObject> messages;
    std::function<void(const Progress &)> onProgress;

    QStringList phases, logs;
    QMap<qint64, QMap<QString, double>> metrics;
    QList<Sample> samples;
    QList<Artifact> artifacts;
    int m_attempt = 1;

private:
    QString m_project;
    job::Spec m_spec;
    plugin::Catalogue *m_plugins;
    CancelToken m_cancel;
    std::atomic<bool> m_pause{false};
};

}  // namespace athanor::test
