#include "plugins/launcher/local/local.h"

#include "core/base/locations.h"
#include "core/job/folder.h"

#include <QCoreApplication>
#include <QDir>
#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>
#include <vector>

namespace athanor::launcher {

namespace {

constexpr int kHeavyNiceness = 5;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Descriptors {
    int input;
    int log;
    int report;  // closed by a successful exec; carries errno otherwise
};

// In the grandchild. Async-signal-safe calls only.
[[noreturn]] void becomeProgram(char *const *arguments, const Descriptors &descriptors, int niceness)
{
    sigset_t none;
    sigemptyset(&none);
    ::sigprocmask(SIG_SETMASK, &none, nullptr);
    for (int number = 1; number < NSIG; ++number)
        ::signal(number, SIG_DFL);
    ::dup2(descriptors.input, 0);
    ::dup2(descriptors.log, 1);
    ::dup2(descriptors.log, 2);
    ::dup2(descriptors.report, 3);
    ::fcntl(3, F_SETFD, FD_CLOEXEC);
    ::close_range(4, ~0U, 0);
    if (niceness > 0)
        [[maybe_unused]] const int now = ::nice(niceness);
    ::execv(arguments[0], arguments);
    const int error = errno;
    [[maybe_unused]] const ssize_t written = ::write(3, &error, sizeof error);
    ::_exit(127);
}

// The first child only makes the second and ends: the second has no parent that could take it down.
[[noreturn]] void makeGrandchild(char *const *arguments, const Descriptors &descriptors, int niceness)
{
    ::setsid();
    const pid_t grandchild = ::fork();
    if (grandchild == 0)
        becomeProgram(arguments, descriptors, niceness);
    if (grandchild < 0) {
        const int error = errno;
        [[maybe_unused]] const ssize_t written = ::write(descriptors.report, &error, sizeof error);
    }
    ::_exit(0);
}

// Weights and batches in pages of 2 MiB: writing text reads them a third to a half faster, a training step takes a twentieth
// less time. glibc reads this when a program starts, so it is set here as well, beside what the person may have set.
void askForHugePages()
{
    QByteArray tunables = qgetenv("GLIBC_TUNABLES");
    if (tunables.contains("glibc.malloc.hugetlb"))
        return;
    if (!tunables.isEmpty())
        tunables += ':';
    qputenv("GLIBC_TUNABLES", tunables + "glibc.malloc.hugetlb=1");
}

int readReport(int descriptor)
{
    int error = 0;
    ssize_t count;
    do {
        count = ::read(descriptor, &error, sizeof error);
    } while (count < 0 && errno == EINTR);
    return count == sizeof error ? error : 0;
}

}  // namespace

Status startDetached(const DetachedProgram &request)
{
    std::vector<QByteArray> texts{QFile::encodeName(request.program)};
    for (const QString &argument : request.arguments)
        texts.push_back(QFile::encodeName(argument));
    std::vector<char *> arguments;
    for (QByteArray &text : texts)
        arguments.push_back(text.data());
    arguments.push_back(nullptr);

    const int log = ::open(QFile::encodeName(request.logFile).constData(), O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    if (log < 0)
        return fail(systemError(errno, tr("Cannot write"), request.logFile));
    const int input = ::open("/dev/null", O_RDONLY | O_CLOEXEC);
    int pipe[2];
    if (::pipe2(pipe, O_CLOEXEC) != 0) {
        const int error = errno;
        ::close(log);
        ::close(input);
        return fail(systemError(error, tr("Cannot start"), request.program));
    }
    // A worker's threads wait for each other spinning a moment, then sleeping: on a busy machine endless spinning slows
    // everything down. OpenMP reads this when it is loaded, so it is set here, before the fork, and not in the worker.
    if (!qEnvironmentVariableIsSet("GOMP_SPINCOUNT") && !qEnvironmentVariableIsSet("OMP_WAIT_POLICY"))
        qputenv("GOMP_SPINCOUNT", "20000");
    askForHugePages();
    const pid_t child = ::fork();
    const int forkError = errno;
    if (child == 0)
        makeGrandchild(arguments.data(), {input, log, pipe[1]}, request.niceness);
    ::close(pipe[1]);
    ::close(log);
    ::close(input);
    int error = child < 0 ? forkError : 0;
    if (child > 0) {
        while (::waitpid(child, nullptr, 0) < 0 && errno == EINTR) {
        }
        error = readReport(pipe[0]);
    }
    ::close(pipe[0]);
    if (error != 0)
        return fail(systemError(error, tr("Cannot start"), request.program));
    return {};
}

Status launchWorker(const QString &jobPath)
{
    const QString chosen = qEnvironmentVariable("ATHANOR_WORKER");
    const QString program = chosen.isEmpty() ? programPath(QStringLiteral("athanor-worker")) : chosen;
    if (!QFileInfo(program).isExecutable())
        return fail(ErrorCode::NotFound, tr("The worker program “%1” is missing.").arg(program),
                    tr("Reinstall Athanor."));
    const QFileInfo folder(QDir(jobPath).absolutePath());
    ATHANOR_ASSIGN(const job::Folder job,
                   job::Folder::open(QDir::cleanPath(folder.absoluteFilePath() + QStringLiteral("/../..")), folder.fileName()));
    return startDetached({program, {job.path()}, job.path() + QStringLiteral("/log.txt"),
                          job.spec().device.isEmpty() ? 0 : kHeavyNiceness});
}

}  // namespace athanor::launcher
