// The parent side: posix_spawn (no copy of this process's memory), one pipe, poll with a deadline.
#include "core/base/format.h"
#include "core/corpus/reader_frames.h"
#include "core/corpus/reader_process.h"
#include "core/text/utf8.h"

#include <QCoreApplication>
#include <QFile>
#include <QJsonDocument>

#include <cerrno>
#include <csignal>
#include <fcntl.h>
#include <poll.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

namespace athanor::corpus {

namespace {

using Clock = std::chrono::steady_clock;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Child {
    pid_t pid = -1;
    int output = -1;

    Child() = default;
    Child(const Child &) = delete;
    ~Child()
    {
        if (output >= 0)
            ::close(output);
        if (pid > 0) {
            ::kill(pid, SIGKILL);
            wait();
        }
    }
    int wait()
    {
        int status = 0;
        while (::waitpid(pid, &status, 0) < 0 && errno == EINTR) {
        }
        pid = -1;
        return status;
    }
};

Status start(Child &child, const QString &program, const QList<QByteArray> &arguments)
{
    int ends[2];
    if (::pipe2(ends, O_CLOEXEC) != 0)
        return fail(systemError(errno, tr("Cannot start"), program));
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
    posix_spawn_file_actions_addopen(&actions, STDERR_FILENO, "/dev/null", O_WRONLY, 0);
    const QByteArray path = QFile::encodeName(program);
    std::vector<char *> argv{const_cast<char *>(path.constData())};
    for (const QByteArray &argument : arguments)
        argv.push_back(const_cast<char *>(argument.constData()));
    argv.push_back(nullptr);
    const int error = ::posix_spawn(&child.pid, path.constData(), &actions, nullptr, argv.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    ::close(ends[1]);
    child.output = ends[0];
    if (error == 0)
        return {};
    child.pid = -1;
    return fail(systemError(error, tr("Cannot start"), program));
}

/// Everything the child writes until it closes its output.
Result<QByteArray> collect(Child &child, const ProcessLimits &limits)
{
    const auto deadline = Clock::now() + limits.wallTime;
    QByteArray all, piece(256 << 10, Qt::Uninitialized);
    for (;;) {
        const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - Clock::now()).count();
        pollfd entry{child.output, POLLIN, 0};
        const int ready = left > 0 ? ::poll(&entry, 1, static_cast<int>(left)) : 0;
        if (ready < 0 && errno == EINTR)
            continue;
        if (ready <= 0)
            return fail(problem(QStringLiteral("timeout"), tr("Reading it took longer than %1 s.").arg(limits.wallTime.count()),
                                tr("Convert it to text with another program.")));
        const ssize_t count = ::read(child.output, piece.data(), static_cast<size_t>(piece.size()));
        if (count < 0 && errno == EINTR)
            continue;
        if (count <= 0)
            return all;
        all.append(piece.constData(), count);
        if (all.size() > limits.outputBytes)
            return fail(problem(QStringLiteral("bomb"), tr("Its text is larger than %1.").arg(formatBytes(limits.outputBytes)),
                                tr("Split the document.")));
    }
}

Status handDocument(QByteArrayView payload, ReadSink &sink)
{
    const QByteArray bytes = payload.toByteArray();
    qsizetype position = 0;
    char kind = 0;
    QByteArrayView header;
    if (!takeFrame(bytes, position, kind, header) || kind != 'H')
        return fail(ErrorCode::Corrupt, tr("The reader's answer is broken."));
    const QJsonObject object = QJsonDocument::fromJson(header.toByteArray()).object();
    ReadDocument document;
    document.place = object.value(QLatin1String("place")).toString();
    const QJsonObject facts = object.value(QLatin1String("facts")).toObject();
    for (auto it = facts.begin(); it != facts.end(); ++it)
        document.facts[it.key()] = it.value().toDouble();
    document.text = text::repairUtf8(QByteArrayView(bytes).sliced(position));  // the child is not trusted
    if (document.text.size() > kLargestText)
        return fail(problem(QStringLiteral("too_large"), tr("Its text is larger than %1.").arg(formatBytes(kLargestText))));
    return sink.document(std::move(document));
}

Error crashed(int status)
{
    if (WIFSIGNALED(status) && WTERMSIG(status) == SIGXCPU)
        return problem(QStringLiteral("timeout"), tr("Reading it took too much time."), tr("Convert it to text with another program."));
    const QString how = WIFSIGNALED(status) ? tr("signal %1").arg(WTERMSIG(status)) : tr("code %1").arg(WEXITSTATUS(status));
    return problem(QStringLiteral("crashed"), tr("The reader stopped while reading it (%1).").arg(how),
                   tr("The file is probably damaged: save it again, or convert it to text with another program."));
}

/// Hands all frames over; the error that the child reported, or that its answer has no end.
Status handOver(const QByteArray &answer, int exitStatus, ReadSink &sink)
{
    qsizetype position = 0;
    char kind = 0;
    QByteArrayView payload;
    while (takeFrame(answer, position, kind, payload)) {
        if (kind == 'D') {
            ATHANOR_TRY(handDocument(payload, sink));
            continue;
        }
        const QJsonObject object = QJsonDocument::fromJson(payload.toByteArray()).object();
        const QJsonValue error = object.value(QLatin1String("error"));
        if (kind == 'P')
            sink.problemAt(object.value(QLatin1String("place")).toString(), errorFromJson(error.toObject()));
        else if (kind == 'E')
            return error.isObject() ? Status(fail(errorFromJson(error.toObject()))) : Status();
    }
    return fail(crashed(exitStatus));
}

}  // namespace

Status readInProcess(const QString &program, const QString &readerId, const QString &file, const QJsonObject &settings,
                     const ProcessLimits &limits, ReadSink &sink)
{
    Child child;
    ATHANOR_TRY(start(child, program,
                      {"--read-document", readerId.toUtf8(), QFile::encodeName(file),
                       QJsonDocument(settings).toJson(QJsonDocument::Compact)}));
    ATHANOR_ASSIGN(const QByteArray answer, collect(child, limits));
    return handOver(answer, child.wait(), sink);
}

}  // namespace athanor::corpus
