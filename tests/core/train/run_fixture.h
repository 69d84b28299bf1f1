// A project of three sources and runs on it, each in the test's own process. Role: for the tests of whole runs.
// Thread: one.
#pragma once

#include "core/train/checkpoint_store.h"
#include "core/train/handlers.h"
#include "tests/support/fake_context.h"
#include "tests/support/tiny_training.h"

#include <QtTest>

namespace athanor::test {

class RunFixture {
protected:
    Result<QJsonObject> run(FakeContext &context) const
    {
        train::TrainHandler handler;
        return handler.run(context);
    }
    FakeContext context(const QString &id, const QJsonObject &settings = {}, const QJsonObject &more = {}) const
    {
        job::Spec spec = m_project->trainSpec(id, settings);
        for (auto it = more.begin(); it != more.end(); ++it)
            spec.parameters[it.key()] = it.value();
        return FakeContext(m_project->path(), spec, *m_plugins);
    }
    static QString why(const Result<QJsonObject> &result)
    {
        return result ? QString() : result.error().message + QLatin1Char(' ') + result.error().detail;
    }
    static QString told(const FakeContext &context) { return context.logs.join(QLatin1Char('\n')); }
    static train::CheckpointStore storeOf(const FakeContext &context)
    {
        return train::CheckpointStore(context.jobPath() + QStringLiteral("/checkpoints"));
    }
    /// What an undisturbed run of 24 steps ends with; it is made when first asked for.
    const QJsonObject &wholeRun()
    {
        if (m_whole.isEmpty()) {
            FakeContext undisturbed = context(QStringLiteral("whole"));
            const auto result = run(undisturbed);
            if (!result)
                qFatal("%s", qPrintable(why(result)));
            m_whole = *result;
        }
        return m_whole;
    }
    /// That run's best checkpoint, absolute.
    QString bestFolder() { return m_project->path() + QLatin1Char('/') + wholeRun().value(QLatin1String("bestCheckpoint")).toString(); }

    std::unique_ptr<plugin::Catalogue> m_plugins = builtPlugins();
    std::unique_ptr<TinyProject> m_project = std::make_unique<TinyProject>(
        12, 3, QStringList{QStringLiteral("docs"), QStringLiteral("code"), QStringLiteral("forum")});

private:
    QJsonObject m_whole;
};

/// Flips one bit in the middle of a file.
inline bool flipInTheMiddle(const QString &path)
{
    QFile file(path);
    char byte = 0;
    if (!file.open(QIODevice::ReadWrite) || !file.seek(file.size() / 2) || !file.getChar(&byte) || !file.seek(file.size() / 2))
        return false;
    return file.putChar(char(byte ^ 0x10));
}

}  // namespace athanor::test
