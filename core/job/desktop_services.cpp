#include "core/job/desktop_services.h"

#include "core/base/locations.h"

#include <QFile>
#include <QProcess>
#include <QSettings>
#include <QStandardPaths>

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

namespace athanor::job {

// The inhibitor runs `cat` on a pipe whose other end is ours: however we end, cat meets the end of its input.
SleepBlocker::SleepBlocker(const QString &reason)
{
    const QByteArray program = QFile::encodeName(QStandardPaths::findExecutable(QStringLiteral("systemd-inhibit")));
    int ends[2];
    if (program.isEmpty() || ::pipe2(ends, O_CLOEXEC) != 0)
        return;
    const QByteArray why = "--why=" + reason.toUtf8();
    const int null = ::open("/dev/null", O_RDWR | O_CLOEXEC);
    const pid_t child = ::fork();
    if (child == 0) {
        ::dup2(ends[0], 0);
        ::dup2(null, 1);
        ::dup2(null, 2);
        ::execl(program.constData(), "systemd-inhibit", "--what=sleep:idle", "--who=Athanor", why.constData(),
                "--mode=block", "cat", static_cast<char *>(nullptr));
        ::_exit(127);
    }
    ::close(ends[0]);
    ::close(null);
    m_pipe = ends[1];
    m_process = child;
}

SleepBlocker::~SleepBlocker()
{
    if (m_pipe >= 0)
        ::close(m_pipe);
    if (m_process > 0)
        ::waitpid(static_cast<pid_t>(m_process), nullptr, 0);
}

void notifyPerson(const QString &title, const QString &text)
{
    const QSettings settings(userConfigFile(), QSettings::IniFormat);
    const QString program = QStandardPaths::findExecutable(QStringLiteral("notify-send"));
    const bool hasSession = qEnvironmentVariableIsSet("DBUS_SESSION_BUS_ADDRESS")
                            || qEnvironmentVariableIsSet("XDG_RUNTIME_DIR");
    if (program.isEmpty() || !hasSession || !settings.value(QStringLiteral("notifications/enabled"), true).toBool())
        return;
    QProcess::startDetached(program, {QStringLiteral("--app-name=Athanor"), title, text});
}

}  // namespace athanor::job
