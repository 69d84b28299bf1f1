// Job kind "chat": keeps a model loaded and answers on a socket. See handlers.h.
#include "core/generate/chat_server.h"
#include "core/generate/handlers.h"
#include "core/generate/ready_model.h"

#include "core/base/atomic_file.h"
#include "core/plugin/registry.h"
#include "core/tensor/machine.h"

#include <QElapsedTimer>
#include <QFile>

namespace athanor::generate {
namespace {

constexpr int kSocketFormat = 1;
constexpr int kWaitMs = 50;
constexpr qint64 kIdleLimitMs = 30 * 60 * 1000;  // a worker that nobody uses gives its memory back

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QString socketFile(const job::Context &context) { return context.jobPath() + QStringLiteral("/socket.json"); }

Status announce(const job::Context &context, const QString &name)
{
    return writeJsonFile(socketFile(context), {{QStringLiteral("format"), kSocketFormat}, {QStringLiteral("name"), name}});
}

/// Until quit, cancel, pause or half an hour without a client.
void serveUntilDone(job::Context &context, ChatServer &server)
{
    QElapsedTimer idle;
    idle.start();
    while (!server.quitRequested() && !context.cancelToken().isCancelled() && !context.pauseRequested()) {
        server.serve(kWaitMs);
        if (server.clientCount() > 0)
            idle.restart();
        if (idle.elapsed() > kIdleLimitMs)
            return;
        context.report({tr("Ready for the next text"), server.answerCount(), 0, tr("answers")});
    }
}

}  // namespace

Result<QJsonObject> ChatHandler::run(job::Context &context)
{
    ATHANOR_ASSIGN(const QString folder, resolvePath(context.projectPath(), context.spec().parameters
                                                         .value(QLatin1String("checkpoint")).toString()));
    context.report({tr("Loading the model"), 0, 0, {}});
    tensor::keepLargeBlocks();
    tensor::setThreadCount(context.spec().parameters.value(QLatin1String("threads")).toInt(0));
    ATHANOR_ASSIGN(const WeightFormat format,
                   weightFormatFrom(context.spec().parameters.value(QLatin1String("weights")).toString()));
    ATHANOR_ASSIGN(const ReadyModel ready, readyModel(context.plugins(), folder, format));
    ATHANOR_ASSIGN(Sampler * sampler, plugin::Registry<Sampler>(context.plugins(), QStringLiteral("sampler"))
                                          .get(QLatin1String(kUsualSampler)));
    Generator generator(*ready.loaded.model, *ready.loaded.tokenizer, *sampler, ready.manners);
    ChatServer server(generator, context.cancelToken());
    const QString name = QStringLiteral("athanor-%1-%2").arg(context.spec().id).arg(context.attempt());
    ATHANOR_TRY(server.listen(name));
    ATHANOR_TRY(announce(context, name));
    serveUntilDone(context, server);
    QFile::remove(socketFile(context));
    if (context.cancelToken().isCancelled() || context.pauseRequested())
        return job::stoppedHere(tr("The checkpoint is unchanged."));
    return QJsonObject{{QStringLiteral("answers"), server.answerCount()},
                       {QStringLiteral("tokens"), server.tokenCount()}};
}

}  // namespace athanor::generate
