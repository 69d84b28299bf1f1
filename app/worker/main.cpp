// athanor-worker: runs the job of one folder, or one helper process of a job.
#include "app/worker/text_side.h"
#include "app/worker/versions.h"

#include "core/base/machine.h"
#include "core/job/queue.h"

#include <QCoreApplication>

#include <cstdio>

int main(int argc, char **argv)
{
    athanor::useCLocaleForNumbers();
    if (const auto code = athanor::worker::runHelperProcess(argc, argv))
        return *code;
    QCoreApplication application(argc, argv);
    athanor::useCLocaleForNumbers();  // QCoreApplication takes the person's locale on
    QCoreApplication::setApplicationName(QStringLiteral("athanor-worker"));
    QCoreApplication::setApplicationVersion(QStringLiteral(ATHANOR_VERSION));
    const QStringList arguments = QCoreApplication::arguments();
    if (arguments.contains(QStringLiteral("--version"))) {
        std::puts("athanor-worker " ATHANOR_VERSION);
        return 0;
    }
    if (arguments.contains(QStringLiteral("--versions")))
        return athanor::worker::printVersions();
    if (arguments.contains(QStringLiteral("--probe")))
        return athanor::worker::printProbe();
    if (arguments.size() != 2 || arguments[1].startsWith(QLatin1Char('-'))) {
        std::fputs("usage: athanor-worker JOBFOLDER\n", stderr);
        return 2;
    }
    const auto plugins = athanor::plugin::scanUsualFolders();
    athanor::job::HandlerTable handlers;
    athanor::worker::addTextSide(handlers);
    return athanor::job::runWorker(arguments[1], *plugins, handlers);
}
