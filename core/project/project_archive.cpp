// A project as one file to keep or to hand on. Role: a copy of the store that holds together while others write it,
// and beside it every file that the store names. tar does the packing: it is part of every Debian system and keeps
// sparse files and links.
#include "core/base/atomic_file.h"
#include "core/job/folder.h"
#include "core/project/project_impl.h"

#include <QDir>
#include <QFileInfo>
#include <QProcess>
#include <QTemporaryDir>

namespace athanor::project {

namespace {

// A worker that writes while tar reads would leave half a file in the archive.
Status checkNothingRuns(const QString &project)
{
    for (job::Folder &folder : job::Folder::all(project))
        if (folder.isHeld())
            return fail(ErrorCode::Busy, tr("“%1” is still running.").arg(folder.spec().title),
                        tr("Let it end, or cancel it, then write the archive."));
    return {};
}

// The copy counts as closed properly: nothing of it was cut.
Status copyStore(Database &database, const QString &file)
{
    ATHANOR_ASSIGN(Statement copy, database.prepare("VACUUM INTO ?"));
    ATHANOR_TRY(copy.bind(file).run());
    ATHANOR_ASSIGN(Database copied, Database::open(file, Database::Mode::ReadWrite));
    return copied.execute("UPDATE meta SET value='1' WHERE key='closed'");
}

Status runTar(const QStringList &arguments, const QString &file)
{
    QProcess tar;
    tar.start(QStringLiteral("tar"), arguments);
    tar.waitForFinished(-1);
    if (tar.error() != QProcess::FailedToStart && tar.exitStatus() == QProcess::NormalExit && tar.exitCode() == 0)
        return {};
    return fail(ErrorCode::External, tr("The archive “%1” could not be written.").arg(file),
                tr("Check the free space and that tar and zstd are installed."), QString::fromLocal8Bit(tar.readAllStandardError()));
}

}  // namespace

Status Project::archive(const QString &file) const
{
    const QString path = QFileInfo(file).absoluteFilePath();
    if (QFileInfo::exists(path))
        return fail(ErrorCode::AlreadyExists, tr("“%1” exists already.").arg(path), tr("Choose another name."));
    const QFileInfo folder(m_impl->info.path);
    const QString root = folder.absoluteFilePath() + QLatin1Char('/');
    if (path.startsWith(root))
        return fail(ErrorCode::InvalidInput, tr("The archive cannot lie inside the project that it packs."), tr("Choose another folder."));
    ATHANOR_TRY(checkNothingRuns(m_impl->info.path));
    // Beside the archive, where there must be room anyway.
    QTemporaryDir beside(QFileInfo(path).absolutePath() + QStringLiteral("/.athanor-archive-XXXXXX"));
    if (!beside.isValid())
        return fail(ErrorCode::Unreadable, tr("Cannot write into “%1”.").arg(QFileInfo(path).absolutePath()), tr("Choose another folder."));
    const QString name = folder.fileName();
    ATHANOR_TRY(makeFolder(beside.filePath(name)));
    ATHANOR_TRY(copyStore(m_impl->database, beside.filePath(name) + QStringLiteral("/project.sqlite")));
    const QString part = beside.filePath(QStringLiteral("archive.part"));
    QStringList arguments{QStringLiteral("--zstd"), QStringLiteral("-cf"), part, QStringLiteral("--no-wildcards"), QStringLiteral("--anchored")};
    // The store of the project is “./name/project.sqlite” here and left out, its copy “name/project.sqlite”.
    for (const char *left : {"project.sqlite", "project.sqlite-wal", "project.sqlite-shm", ".open.lock", ".window.lock", "cache"})
        arguments += QStringLiteral("--exclude=./%1/%2").arg(name, QLatin1String(left));
    arguments += {QStringLiteral("-C"), folder.absolutePath(), QStringLiteral("./") + name, QStringLiteral("-C"), beside.path(),
                  QStringLiteral("--add-file=%1/project.sqlite").arg(name)};
    ATHANOR_TRY(runTar(arguments, path));
    if (!QFile::rename(part, path))
        return fail(ErrorCode::External, tr("The archive “%1” could not be written.").arg(path), tr("Check the permissions of its folder."));
    return {};
}

}  // namespace athanor::project
