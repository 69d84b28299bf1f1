// The whole life of a worker: lock, identity, Starting … final state, then the queue goes on.
#include "core/job/desktop_services.h"
#include "core/job/queue.h"
#include "core/job/queue_record.h"
#include "core/job/references.h"
#include "core/job/worker_context.h"
#include "core/job/worker_identity.h"

#include "core/base/atomic_file.h"
#include "core/base/locations.h"
#include "core/base/logging.h"

#include <QCoreApplication>
#include <QDir>
#include <QElapsedTimer>
#include <QFileInfo>
#include <QLibrary>
#include <QThread>

#include <new>

namespace athanor::job {

namespace {

constexpr int kExitFinished = 0;
constexpr int kExitFailed = 1;
constexpr int kExitNotStarted = 2;
constexpr int kExitCancelled = 130;
constexpr qint64 kNotifyAfterMs = 10000;  // shorter jobs end while one still looks
constexpr int kFullDiskWaitMs = 30000;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

using AddHandlers = void (*)(HandlerTable *);

// LibTorch is mapped here, and only when no text-side handler has the kind.
Result<Handler *> handlerFor(const QString &kind, HandlerTable &table)
{
    if (Handler *handler = table.find(kind))
        return handler;
    const QString file = moduleFolder() + QLatin1Char('/') + QLatin1String(kTensorModuleName) + QStringLiteral(".so");
    if (!QFileInfo::exists(file))
        return fail(ErrorCode::Unsupported, tr("This installation cannot run jobs of kind “%1”.").arg(kind),
                    tr("Install the complete package: “%1” is missing.").arg(file));
    QLibrary library(file);
    const auto add = reinterpret_cast<AddHandlers>(library.resolve(kTensorModuleSymbol));
    if (!add)
        return fail(ErrorCode::External, tr("The part that computes with tensors does not load."),
                    tr("Reinstall Athanor, or check “athanor-cli doctor”."), library.errorString());
    add(&table);
    if (Handler *handler = table.find(kind))
        return handler;
    return fail(ErrorCode::Unsupported, tr("There are no jobs of kind “%1”.").arg(kind),
                tr("Known are: %1.").arg(table.kinds().join(QStringLiteral(", "))));
}

// The one place where exceptions of handlers and their libraries become errors.
Result<QJsonObject> runHandler(Handler &handler, Context &context)
{
    try {
        return handler.run(context);
    } catch (const std::bad_alloc &) {
        return fail(ErrorCode::OutOfMemory, tr("The memory of this computer did not suffice."),
                    tr("Close other programs, or choose smaller settings."));
    } catch (const std::exception &exception) {
        return fail(ErrorCode::Internal, tr("The job met an error that it does not know."),
                    tr("The log of the job has the details."), QString::fromLocal8Bit(exception.what()));
    }
}

Result<QJsonObject> prepareAndRun(WorkerContext &context, HandlerTable &textSide)
{
    const QJsonObject given = context.spec().parameters;
    ATHANOR_ASSIGN(const QJsonObject parameters, resolveReferences(context.projectPath(), given));
    if (parameters != given)
        ATHANOR_TRY(writeJsonFile(context.jobPath() + QStringLiteral("/resolved.json"), parameters));
    context.setParameters(parameters);
    ATHANOR_ASSIGN(Handler * handler, handlerFor(context.spec().kind, textSide));
    context.setState(State::Running);
    return runHandler(*handler, context);
}

struct Outcome {
    State state = State::Failed;
    QJsonObject data;
    int exitCode = kExitFailed;
};

Outcome outcomeOf(const Result<QJsonObject> &result, const WorkerContext &context)
{
    if (result)
        return {State::Finished, {{QStringLiteral("result"), *result}}, kExitFinished};
    const Error &error = result.error();
    if (error.code != ErrorCode::Cancelled)
        return {State::Failed, {{QStringLiteral("error"), toJson(error)}}, kExitFailed};
    const QJsonObject kept{{QStringLiteral("kept"), error.message}};
    if (context.pauseRequested() && !context.cancelRequested())
        return {State::Paused, kept, kExitFinished};
    return {State::Cancelled, kept, kExitCancelled};
}

void notifyEnd(const Spec &spec, const Outcome &outcome)
{
    if (outcome.state == State::Finished)
        notifyPerson(tr("Finished"), spec.title);
    else if (outcome.state == State::Failed)
        notifyPerson(tr("Failed: %1").arg(spec.title),
                     errorFromJson(outcome.data.value(QLatin1String("error")).toObject()).message);
}

struct Claim {
    Folder folder;
    FileLock lock;
    EventWriter events;
    std::optional<MetricsWriter> metrics;
    QueueRecord record;
};

Result<Claim> claimFolder(const QString &jobPath)
{
    const QString path = QDir(jobPath).absolutePath();
    ATHANOR_ASSIGN(Folder folder, Folder::open(QDir::cleanPath(path + QStringLiteral("/../..")), QFileInfo(path).fileName()));
    ATHANOR_ASSIGN(FileLock lock, FileLock::acquire(path + QStringLiteral("/lock"), FileLock::Wait::Briefly));
    ATHANOR_ASSIGN(QueueRecord record, readQueueRecord(path));
    auto metrics = MetricsWriter::open(path + QStringLiteral("/metrics.bin"));
    const QString eventsPath = path + QStringLiteral("/events.jsonl");
    ATHANOR_ASSIGN(EventWriter events, EventWriter::open(eventsPath));
    if (events.attempt() < record.launched) {  // an attempt before this one never wrote a line
        auto again = EventWriter::open(eventsPath, record.launched);
        if (!again)
            return fail(again.error());
        events = std::move(*again);
    }
    ATHANOR_TRY(writeJsonFile(path + QStringLiteral("/worker.json"), toJson(identityOfThisProcess(events.attempt()))));
    return Claim{std::move(folder), std::move(lock), std::move(events),
                 metrics ? std::optional<MetricsWriter>(std::move(*metrics)) : std::nullopt, record};
}

// A final state that a full disk holds back is tried again for a while: without it the job would read as lost.
void waitUntilWritten(const WorkerContext &context)
{
    for (int waited = 0; !context.isWritten() && waited < kFullDiskWaitMs; waited += 500)
        QThread::msleep(500);
}

}  // namespace

int runWorker(const QString &jobPath, plugin::Catalogue &plugins, HandlerTable &textSide)
{
    installStopSignals();
    auto claim = claimFolder(jobPath);
    if (!claim) {
        std::fprintf(stderr, "%s %s\n", qUtf8Printable(claim.error().message), qUtf8Printable(claim.error().hint));
        return kExitNotStarted;
    }
    QElapsedTimer clock;
    clock.start();
    const Spec spec = claim->folder.spec();
    const qint64 controlFrom = std::max(claim->record.controlFrom, claim->events.lastControlNumber());
    Outcome outcome;
    {
        WorkerContext context(spec, claim->folder.path(), std::move(claim->events), std::move(claim->metrics), plugins);
        context.setState(State::Starting);
        context.start(controlFrom);
        const std::unique_ptr<SleepBlocker> blocker =
            spec.device.isEmpty() ? nullptr : std::make_unique<SleepBlocker>(spec.title);
        outcome = outcomeOf(prepareAndRun(context, textSide), context);
        context.stop();
        context.setState(outcome.state, outcome.data);
        waitUntilWritten(context);
    }
    claim->lock.release();
    const Status advanced = Queue(claim->folder.projectPath(), plugins).advance();
    if (!advanced)
        qCWarning(logJob).noquote() << advanced.error().message;
    if (!spec.device.isEmpty() && clock.elapsed() > kNotifyAfterMs)
        notifyEnd(spec, outcome);
    return outcome.exitCode;
}

}  // namespace athanor::job
