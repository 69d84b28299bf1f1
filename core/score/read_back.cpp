// See read_back.h.
#include "core/score/read_back.h"

#include "core/base/atomic_file.h"
#include "core/interop/import_handler.h"

#include <QDir>

namespace athanor::score {
namespace {

/// The same job, seen by an import: its own parameters and folder; what it reports goes on, what it leaves does not.
class ImportContext final : public job::Context {
public:
    ImportContext(job::Context &outer, const QString &source, const QString &name)
        : m_outer(outer), m_spec(outer.spec()), m_path(outer.jobPath() + QLatin1Char('/') + name)
    {
        m_spec.kind = QStringLiteral("import");
        m_spec.parameters = {{QStringLiteral("source"), source}, {QStringLiteral("name"), name}};
    }

    const job::Spec &spec() const override { return m_spec; }
    QString projectPath() const override { return m_outer.projectPath(); }
    QString jobPath() const override { return m_path; }
    int attempt() const override { return m_outer.attempt(); }
    plugin::Catalogue &plugins() override { return m_outer.plugins(); }
    void report(const Progress &progress) override { m_outer.report(progress); }
    void metric(qint64, const QMap<QString, double> &) override {}
    void log(const QString &level, const QString &text) override { m_outer.log(level, text); }
    void sample(qint64, const QString &, const QString &, const QString &) override {}
    void artifact(qint64, const QString &, const QString &, const QJsonObject &) override {}
    CancelToken cancelToken() const override { return m_outer.cancelToken(); }
    bool pauseRequested() const override { return false; }  // the export has no safe point here
    bool takeCheckpointRequest() override { return false; }
    QList<QJsonObject> takeMessages() override { return {}; }

private:
    job::Context &m_outer;
    job::Spec m_spec;
    QString m_path;
};

}  // namespace

Result<QString> importBack(job::Context &context, const QString &source, const QString &name)
{
    ImportContext inner(context, source, name);
    ATHANOR_TRY(makeFolder(inner.jobPath()));
    ATHANOR_TRY(interop::makeImportHandler()->run(inner));
    return inner.jobPath() + QStringLiteral("/model");
}

}  // namespace athanor::score
