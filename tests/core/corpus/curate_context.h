// A job context that remembers what a handler reports: for tests that run the handler without a worker.
// Thread: reports may come from many threads.
#pragma once

#include "core/job/context.h"

#include <QSet>

#include <functional>
#include <mutex>

namespace athanor::test {

/// Thirty different words that read like a sentence.
inline QByteArray prose(int number)
{
    return "The chapter number " + QByteArray::number(number) + " says what the function of that name does with the list of values "
           "that is given to it and when it returns; see also value " + QByteArray::number(number * 7919) + " of the table.\n";
}

class CurateContext final : public job::Context {
public:
    CurateContext(plugin::Catalogue &catalogue, QString project, const QJsonObject &parameters)
        : m_catalogue(catalogue), m_project(std::move(project))
    {
        m_spec.id = QStringLiteral("job1");
        m_spec.kind = QStringLiteral("curate");
        m_spec.parameters = parameters;
    }
    const job::Spec &spec() const override { return m_spec; }
    QString projectPath() const override { return m_project; }
    QString jobPath() const override { return m_project + QStringLiteral("/jobs/") + m_spec.id; }
    int attempt() const override { return 1; }
    plugin::Catalogue &plugins() override { return m_catalogue; }
    void report(const Progress &progress) override
    {
        const std::lock_guard lock(m_mutex);
        if (phases.isEmpty() || phases.last() != progress.phase)
            phases += progress.phase;
        ++reports;
        if (onReport)
            onReport(progress);
    }
    void metric(qint64, const QMap<QString, double> &) override {}
    void log(const QString &, const QString &text) override { logs += text; }
    void sample(qint64, const QString &, const QString &, const QString &) override {}
    void artifact(qint64, const QString &, const QString &, const QJsonObject &) override {}
    CancelToken cancelToken() const override { return cancel; }
    bool pauseRequested() const override { return pause; }
    bool takeCheckpointRequest() override { return false; }
    QList<QJsonObject> takeMessages() override { return {}; }

    job::Spec m_spec;
    CancelToken cancel;
    std::atomic<bool> pause{false};
    QStringList phases, logs;
    int reports = 0;
    std::function<void(const Progress &)> onReport;

private:
    plugin::Catalogue &m_catalogue;
    QString m_project;
    std::mutex m_mutex;
};

}  // namespace athanor::test
