#include "core/base/locations.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

namespace athanor {

namespace {

// Programs stand in bin/, test programs in tests/ beside it: both one below the root.
QString rootOfProgram()
{
    const QFileInfo program(QCoreApplication::applicationFilePath());
    return QDir::cleanPath(program.canonicalPath() + QStringLiteral("/.."));
}

}  // namespace

QString installationRoot()
{
    const QString chosen = qEnvironmentVariable("ATHANOR_HOME");
    return chosen.isEmpty() ? rootOfProgram() : QDir::cleanPath(chosen);
}

QString programPath(const QString &name)
{
    return installationRoot() + QStringLiteral("/bin/") + name;
}

QString moduleFolder()
{
    return installationRoot() + QStringLiteral("/lib/athanor");
}

QStringList pluginFolders()
{
    QStringList folders{moduleFolder() + QStringLiteral("/plugins")};
    folders += qEnvironmentVariable("ATHANOR_PLUGIN_PATH").split(QLatin1Char(':'), Qt::SkipEmptyParts);
    folders += userDataFolder() + QStringLiteral("/plugins");
    return folders;
}

QString shareFolder()
{
    return installationRoot() + QStringLiteral("/share/athanor");
}

QString userDataFolder()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation) + QStringLiteral("/athanor");
}

QString userConfigFile()
{
    return QStandardPaths::writableLocation(QStandardPaths::GenericConfigLocation)
           + QStringLiteral("/athanor/settings.ini");
}

}  // namespace athanor
