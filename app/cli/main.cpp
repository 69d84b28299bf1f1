// athanor-cli: the same actions as the window, without one. Links QtCore only, never LibTorch.
#include "core/base/machine.h"
#include "core/command/program.h"

#include <QCoreApplication>

int main(int argc, char **argv)
{
    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("athanor"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ATHANOR_VERSION));
    athanor::useCLocaleForNumbers();
    const auto plugins = athanor::plugin::scanUsualFolders();
    return athanor::command::runCommandLine(QCoreApplication::arguments().mid(1), *plugins);
}
