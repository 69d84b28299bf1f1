#include "ui/shell/application.h"

#include "core/base/machine.h"
#include "core/plugin/catalogue.h"
#include "ui/shell/main_window.h"
#include "ui/shell/start_clock.h"
#include "ui/style/appearance.h"

namespace athanor::shell {

namespace {

struct Options {
    QString project;
    bool measureStart = false;
};

Options readOptions(const QCoreApplication &application)
{
    QCommandLineParser parser;
    parser.setApplicationDescription(QCoreApplication::translate("athanor", "From a folder of documents to a language model of your own."));
    parser.addHelpOption();
    parser.addVersionOption();
    const QCommandLineOption measure(QStringLiteral("measure-start"),
                                     QCoreApplication::translate("athanor", "Print the milliseconds from the start of the process to the first complete painting, then end."));
    parser.addOption(measure);
    parser.addPositionalArgument(QStringLiteral("project"), QCoreApplication::translate("athanor", "Folder of a project to open."),
                                 QStringLiteral("[PROJECT_DIR]"));
    parser.process(application);
    return {parser.positionalArguments().value(0), parser.isSet(measure)};
}

}  // namespace

int runDesktop(int argc, char **argv, const std::function<std::vector<StageEntry>()> &stages)
{
    const StartClock clock;
    QGuiApplication::setHighDpiScaleFactorRoundingPolicy(Qt::HighDpiScaleFactorRoundingPolicy::PassThrough);
    QApplication application(argc, argv);
    useCLocaleForNumbers();
    QApplication::setApplicationName(QStringLiteral("athanor"));
    QApplication::setApplicationDisplayName(QStringLiteral("Athanor"));
    QApplication::setApplicationVersion(QStringLiteral(ATHANOR_VERSION));
    QApplication::setDesktopFileName(QStringLiteral("athanor"));
    QApplication::setWindowIcon(QIcon(QStringLiteral(":/athanor/desktop/athanor.svg")));
    const Options options = readOptions(application);
    style::Appearance::instance()->apply();
    const std::unique_ptr<plugin::Catalogue> catalogue = plugin::scanUsualFolders();
    Session session(*catalogue);
    MainWindow window(session, stages());
    if (!options.project.isEmpty())
        window.openProject(options.project);
    if (options.measureStart)
        clock.reportFirstPaint(window, [&application] { application.quit(); });
    window.show();
    QTimer::singleShot(500, &window, [] { style::Appearance::instance()->watchSystem(); });
    return QApplication::exec();
}

}  // namespace athanor::shell
