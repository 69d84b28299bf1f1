// A workbench on a new project, with the plugins' descriptions from the source tree. Nothing is started: jobs are
// queued, and what they would leave is put into the project by hand.
#pragma once

#include "core/base/atomic_file.h"
#include "core/workbench/workbench.h"

#include <QDirIterator>
#include <QTemporaryDir>
#include <QtTest>

namespace athanor::workbench {

class Bench {
public:
    Bench()
    {
        QDirIterator files(QStringLiteral(ATHANOR_SOURCE_DIR "/plugins"), {QStringLiteral("plugin.json")}, QDir::Files,
                           QDirIterator::Subdirectories);
        while (files.hasNext()) {
            const QString file = files.next();
            if (!file.contains(QStringLiteral("/_template/")))
                QFile::copy(file, m_plugins.filePath(QString(file).replace(QLatin1Char('/'), QLatin1Char('_'))));
        }
        catalogue.scan({m_plugins.path()});
        auto made = Workbench::create(m_folder.filePath(QStringLiteral("project")), QStringLiteral("Test"), catalogue);
        if (!made)
            qFatal("%s", qUtf8Printable(made.error().message));
        bench = std::move(*made);
    }

    /// A folder with `count` text files.
    QString documents(int count)
    {
        const QString folder = m_folder.filePath(QStringLiteral("documents"));
        QDir().mkpath(folder);
        for (int i = 0; i < count; ++i)
            if (!writeFileAtomically(folder + QStringLiteral("/%1.txt").arg(i), QByteArray("Some text.\n")))
                qFatal("cannot write");
        return folder;
    }
    QString path(const QString &name) const { return m_folder.filePath(name); }
    QJsonObject specOf(const job::Folder &folder) const { return job::toJson(folder.spec()); }

    plugin::Catalogue catalogue;
    std::unique_ptr<Workbench> bench;

private:
    QTemporaryDir m_plugins;
    QTemporaryDir m_folder;
};

}  // namespace athanor::workbench
