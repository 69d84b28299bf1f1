// A job context that remembers what a handler reports: for tests that run the handler without a worker. Thread: one.
#pragma once

#include "core/job/context.h"

#include <functional>

namespace athanor::test {

class ImportContext final : public job::Context {
public:
    ImportContext(plugin::Catalogue &catalogue, QString project, const QJsonObject &parameters)
        : m_catalogue(catalogue), m_project(std::move(project))
    {
        m_spec.id = QStringLiteral("job1");
        m_spec.kind = QStringLiteral("import");
        m_spec.parameters = parameters;
    }
    const job::Spec &spec() const override { return m_spec; }
    QString projectPath() const override { return m_project; }
    QString jobPath() const override { return m_project + QStringLiteral("/jobs/") + m_spec.id; }
    int attempt() const override { return 1; }
    plugin::Catalogue &plugins() override { return m_catalogue; }
    void report(const Progress &progress) override
    {
        phases += progress.phase;
        if (onReport)
            onReport(progress);
    }
    void metric(qint64, const QMap<QString, double> &) override {}
    void log(const QString &, const QString &text) override { logs += text; }
    void sample(qint64, const QString &, const QString &, const QString &) override {}
    void artifact(qint64, const QString &kind, const QString &, const QJsonObject &) override { artifacts += kind; }
    CancelToken cancelToken() const override { return cancel; }
    bool pauseRequested() const override { return false; }
    bool takeCheckpointRequest() override { return false; }
    QList<QJsonObject> takeMessages() override { return {}; }

    job::Spec m_spec;
    CancelToken cancel;
    QStringList phases, logs, artifacts;
    std::function<void(const Progress &)> onReport;

private:
    plugin::Catalogue &m_catalogue;
    QString m_project;
};

}  // namespace athanor::test
