// Role: both ends of the pipe between a tokenizer job and its child. The child dies with its parent.
#include "core/tokenizer/trainer_process.h"

#include "core/base/atomic_file.h"
#include "core/base/machine.h"
#include "core/plugin/registry.h"
#include "core/tokenizer/trainer.h"

#include <QCoreApplication>
#include <QJsonDocument>
#include <QProcess>

#include <csignal>
#include <cstdio>
#include <sys/prctl.h>
#include <unistd.h>

namespace athanor::tokenizer {

namespace {

constexpr int kPollMs = 50;
constexpr qsizetype kLogLimit = 64 << 10;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

void writeLine(const QJsonObject &object)
{
    const QByteArray line = QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
    std::fwrite(line.constData(), 1, static_cast<size_t>(line.size()), stdout);
    std::fflush(stdout);
}

class LineProgress final : public ProgressSink {
public:
    void report(const Progress &progress) override
    {
        writeLine({{QStringLiteral("progress"), QJsonObject{{QStringLiteral("phase"), progress.phase},
                                                            {QStringLiteral("done"), progress.done},
                                                            {QStringLiteral("total"), progress.total},
                                                            {QStringLiteral("unit"), progress.unit}}}});
    }
};

Status runRequest(const QString &file)
{
    ATHANOR_ASSIGN(const QJsonObject request, readJsonFile(file));
    const std::unique_ptr<plugin::Catalogue> catalogue = plugin::scanUsualFolders();
    const plugin::Registry<Trainer> registry(*catalogue, QStringLiteral("tokenizer"));
    ATHANOR_ASSIGN(Trainer * trainer, registry.get(request.value(QLatin1String("plugin")).toString()));
    ATHANOR_ASSIGN(TrainingTextReader text, TrainingTextReader::open(request.value(QLatin1String("text")).toString()));
    LineProgress progress;
    ATHANOR_ASSIGN(const QByteArray model, trainer->train(text, request.value(QLatin1String("settings")).toObject(), progress));
    return writeFileAtomically(request.value(QLatin1String("model")).toString(), model);
}

// What the child has said so far; a torn last line waits.
class Answers {
public:
    void add(const QByteArray &bytes, ProgressSink &sink)
    {
        m_buffer += bytes;
        for (qsizetype end = m_buffer.indexOf('\n'); end >= 0; end = m_buffer.indexOf('\n')) {
            take(QJsonDocument::fromJson(m_buffer.first(end)).object(), sink);
            m_buffer.remove(0, end + 1);
        }
    }
    bool isDone = false;
    std::optional<Error> error;

private:
    void take(const QJsonObject &line, ProgressSink &sink)
    {
        const QJsonObject progress = line.value(QLatin1String("progress")).toObject();
        if (!progress.isEmpty())
            sink.report({progress.value(QLatin1String("phase")).toString(), progress.value(QLatin1String("done")).toInteger(),
                         progress.value(QLatin1String("total")).toInteger(), progress.value(QLatin1String("unit")).toString()});
        if (line.contains(QLatin1String("error")))
            error = errorFromJson(line.value(QLatin1String("error")).toObject());
        isDone = isDone || line.value(QLatin1String("done")).toBool();
    }
    QByteArray m_buffer;
};

void startChild(QProcess &child, const TrainerRequest &request)
{
    child.setProgram(request.program);
    child.setArguments({QStringLiteral("--train-tokenizer"), request.requestFile});
    const pid_t parent = ::getpid();
    child.setChildProcessModifier([parent] {
        ::prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (::getppid() != parent)  // it died in between
            ::_exit(1);
    });
    child.start();
}

Status conclude(const QProcess &child, const Answers &answers, const QString &log)
{
    if (answers.error)
        return fail(*answers.error);
    if (child.exitStatus() == QProcess::NormalExit && child.exitCode() == 0 && answers.isDone)
        return {};
    return fail(ErrorCode::External, tr("The tokenizer's training ended unexpectedly (%1).")
                                         .arg(child.exitStatus() == QProcess::CrashExit ? tr("it was killed or crashed")
                                                                                        : tr("exit code %1").arg(child.exitCode())),
                tr("Memory may have run out: learn from less text, or close other programs."), log.right(2000));
}

}  // namespace

Status trainInChild(const TrainerRequest &request, ProgressSink &progress, const CancelToken &cancel, QString *log)
{
    ATHANOR_TRY(writeJsonFile(request.requestFile, {{QStringLiteral("plugin"), request.plugin},
                                                    {QStringLiteral("settings"), request.settings},
                                                    {QStringLiteral("text"), request.textFile},
                                                    {QStringLiteral("model"), request.modelFile}}));
    QProcess child;
    Answers answers;
    QByteArray messages;
    startChild(child, request);
    if (!child.waitForStarted())
        return fail(ErrorCode::External, tr("“%1” could not be started.").arg(request.program),
                    tr("Reinstall the program."), child.errorString());
    for (bool running = true; running;) {
        if (cancel.isCancelled()) {
            child.kill();
            child.waitForFinished();
            return fail(ErrorCode::Cancelled, tr("Stopped; nothing of this tokenizer is kept."));
        }
        child.waitForReadyRead(kPollMs);
        running = child.state() != QProcess::NotRunning;
        answers.add(child.readAllStandardOutput(), progress);
        messages += child.readAllStandardError();
        if (messages.size() > 2 * kLogLimit)
            messages = messages.right(kLogLimit);
    }
    const QString text = QString::fromUtf8(messages.right(kLogLimit));
    if (log)
        *log = text;
    return conclude(child, answers, text);
}

int runTrainerProcess(int argc, char **argv)
{
    useCLocaleForNumbers();
    std::unique_ptr<QCoreApplication> own;
    if (!QCoreApplication::instance())
        own = std::make_unique<QCoreApplication>(argc, argv);
    if (argc < 3)
        return 2;
    const Status status = runRequest(QString::fromLocal8Bit(argv[2]));
    if (status) {
        writeLine({{QStringLiteral("done"), true}});
        return 0;
    }
    writeLine({{QStringLiteral("error"), toJson(status.error())}});
    return 1;
}

}  // namespace athanor::tokenizer
