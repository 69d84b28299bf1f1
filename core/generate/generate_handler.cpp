// Job kind "generate": one prompt, one answer. See handlers.h.
#include "core/generate/checkpoint_model.h"
#include "core/generate/generator.h"
#include "core/generate/handlers.h"

#include "core/plugin/registry.h"
#include "core/tensor/machine.h"

#include <QElapsedTimer>

namespace athanor::generate {
namespace {

constexpr qint64 kStreamEveryMs = 200;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QJsonObject toJson(const GenerationResult &result)
{
    return {{QStringLiteral("text"), QString::fromUtf8(result.text)},
            {QStringLiteral("tokens"), result.tokens},
            {QStringLiteral("tokensPerSecond"), result.tokensPerSecond},
            {QStringLiteral("firstTokenSeconds"), result.firstTokenSeconds},
            {QStringLiteral("stoppedBecause"), result.stoppedBecause}};
}

}  // namespace

Result<QJsonObject> GenerateHandler::run(job::Context &context)
{
    const QJsonObject parameters = context.spec().parameters;
    ATHANOR_ASSIGN(const GenerationRequest request, requestFromJson(parameters));
    ATHANOR_ASSIGN(const QString folder,
                   resolvePath(context.projectPath(), parameters.value(QLatin1String("checkpoint")).toString()));
    context.report({tr("Loading the model"), 0, 0, {}});
    tensor::keepLargeBlocks();
    tensor::setThreadCount(parameters.value(QLatin1String("threads")).toInt(0));
    ATHANOR_ASSIGN(const LoadedModel loaded, loadModel(context.plugins(), folder));
    ATHANOR_ASSIGN(Sampler * sampler, plugin::Registry<Sampler>(context.plugins(), QStringLiteral("sampler"))
                                          .get(QLatin1String(kUsualSampler)));
    Generator generator(*loaded.model, *loaded.tokenizer, *sampler);
    QElapsedTimer sinceShown;
    sinceShown.start();
    QByteArray text;
    qint64 count = 0;
    const auto onToken = [&](const TokenReport &token) {
        text += token.text;
        context.report({tr("Writing"), ++count, request.maxTokens, tr("tokens")});
        if (sinceShown.elapsed() < kStreamEveryMs)
            return;
        context.sample(-1, QString::fromUtf8(request.prompt), QString::fromUtf8(text), QStringLiteral("streaming"));
        sinceShown.restart();
    };
    ATHANOR_ASSIGN(const GenerationResult result, generator.run(request, onToken, context.cancelToken()));
    context.sample(-1, QString::fromUtf8(request.prompt), QString::fromUtf8(result.text), QStringLiteral("complete"));
    if (context.cancelToken().isCancelled())
        return job::stoppedHere(tr("The %1 tokens written so far are kept.").arg(result.tokens));
    return toJson(result);
}

}  // namespace athanor::generate
