// Job kind "generate": one prompt, one answer. See handlers.h.
#include "core/generate/generator.h"
#include "core/generate/handlers.h"
#include "core/generate/ready_model.h"

#include "core/plugin/registry.h"
#include "core/tensor/machine.h"

#include <QElapsedTimer>
#include <QJsonArray>

namespace athanor::generate {
namespace {

constexpr qint64 kStreamEveryMs = 200;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QJsonObject toJson(const GenerationResult &result)
{
    return {{QStringLiteral("text"), QString::fromUtf8(result.text)},
            {QStringLiteral("tokens"), result.tokens},
            {QStringLiteral("promptTokens"), result.promptTokens},
            {QStringLiteral("reusedTokens"), result.reusedTokens},
            {QStringLiteral("droppedMessages"), result.droppedMessages},
            {QStringLiteral("tokensPerSecond"), result.tokensPerSecond},
            {QStringLiteral("firstTokenSeconds"), result.firstTokenSeconds},
            {QStringLiteral("stoppedBecause"), result.stoppedBecause}};
}

QJsonArray toJson(const std::vector<Alternative> &alternatives)
{
    QJsonArray list;
    for (const Alternative &alternative : alternatives)
        list.append(QJsonObject{{QStringLiteral("text"), alternative.text}, {QStringLiteral("probability"), alternative.probability}});
    return list;
}

/// What the text was asked for, as samples show it: the prompt, or the last message.
QString promptText(const GenerationRequest &request)
{
    return request.messages.isEmpty() ? QString::fromUtf8(request.prompt)
                                      : request.messages.last().toObject().value(QLatin1String("content")).toString();
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
    ATHANOR_ASSIGN(const WeightFormat format, weightFormatFrom(parameters.value(QLatin1String("weights")).toString()));
    ATHANOR_ASSIGN(const ReadyModel ready, readyModel(context.plugins(), folder, format));
    ATHANOR_ASSIGN(Sampler * sampler, plugin::Registry<Sampler>(context.plugins(), QStringLiteral("sampler"))
                                          .get(QLatin1String(kUsualSampler)));
    Generator generator(*ready.loaded.model, *ready.loaded.tokenizer, *sampler, ready.manners);
    QElapsedTimer sinceShown;
    sinceShown.start();
    const bool fillsGaps = generator.manners().task == Task::FillMasks, namesLabel = generator.manners().task == Task::NameLabel;
    const QString prompt = promptText(request);
    QJsonArray gaps;
    QByteArray text;
    qint64 count = 0;
    const auto onToken = [&](const TokenReport &token) {
        text += token.text;
        if (fillsGaps || namesLabel)
            gaps.append(toJson(token.alternatives));
        context.report({tr("Writing"), ++count, request.maxTokens, tr("tokens")});
        if (fillsGaps || sinceShown.elapsed() < kStreamEveryMs)
            return;
        context.sample(-1, prompt, QString::fromUtf8(text), QStringLiteral("streaming"));
        sinceShown.restart();
    };
    ATHANOR_ASSIGN(const GenerationResult result, generator.run(request, onToken, context.cancelToken()));
    context.sample(-1, prompt, QString::fromUtf8(result.text), QStringLiteral("complete"));
    if (context.cancelToken().isCancelled())
        return job::stoppedHere(tr("The %1 tokens written so far are kept.").arg(result.tokens));
    QJsonObject facts = toJson(result);
    facts.insert(QStringLiteral("weights"), ready.weights);
    if (fillsGaps)
        facts.insert(QStringLiteral("gaps"), gaps);
    if (namesLabel)
        facts.insert(QStringLiteral("labels"), gaps.at(0));
    return facts;
}

}  // namespace athanor::generate
