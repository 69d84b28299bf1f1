// Requests as they come in JSON, and their limits. The settings are declared in core/model/generation_settings.h.
#include "core/generate/generator.h"

#include "core/model/generation_settings.h"

#include <QCoreApplication>

namespace athanor::generate {
namespace {

constexpr qsizetype kLongestPrompt = 16 << 20;
constexpr qsizetype kMostMessages = 100'000;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QStringList stopTexts(const QJsonValue &value)
{
    QStringList texts;
    const QJsonArray list = value.isArray() ? value.toArray() : QJsonArray{value};
    for (const QJsonValue &entry : list)
        if (!entry.toString().isEmpty())
            texts += entry.toString();
    return texts;
}

Status readPrompt(const QJsonValue &prompt, GenerationRequest &request)
{
    if (!prompt.isUndefined() && !prompt.isNull() && !prompt.isString())
        return fail(ErrorCode::InvalidInput, tr("“prompt” must be a text."));
    request.prompt = prompt.toString().toUtf8();
    if (request.prompt.size() > kLongestPrompt)
        return fail(ErrorCode::LimitExceeded, tr("The prompt has %1 bytes; at most %2 are read.")
                                                  .arg(request.prompt.size()).arg(kLongestPrompt));
    return {};
}

/// A list of {"role", "content"}; what else a message holds is for the template.
Status readMessages(const QJsonValue &messages, GenerationRequest &request)
{
    if (messages.isUndefined() || messages.isNull())
        return {};
    request.messages = messages.toArray();
    qsizetype bytes = 0;
    bool isGood = messages.isArray() && !request.messages.isEmpty() && request.messages.size() <= kMostMessages;
    for (const QJsonValue &message : request.messages) {
        const QString role = message.toObject().value(QLatin1String("role")).toString();
        isGood = isGood && message.isObject() && !role.isEmpty();
        bytes += message.toObject().value(QLatin1String("content")).toString().size();
    }
    if (!isGood)
        return fail(ErrorCode::InvalidInput, tr("“messages” must be a list of messages with “role” and “content”."),
                    tr("For example: [{\"role\": \"user\", \"content\": \"Hello\"}]."));
    if (bytes > kLongestPrompt)
        return fail(ErrorCode::LimitExceeded, tr("The messages have %1 characters; at most %2 are read.")
                                                  .arg(bytes).arg(kLongestPrompt));
    if (!request.prompt.isEmpty())
        return fail(ErrorCode::InvalidInput, tr("Both a prompt and messages were given."), tr("Give one of them."));
    return {};
}

}  // namespace

Status checkSettings(const SamplingSettings &settings)
{
    if (!(settings.temperature >= 0 && settings.temperature <= 100))
        return fail(ErrorCode::InvalidInput,
                    tr("The temperature is %1; it must be from 0 to 100.").arg(settings.temperature));
    if (settings.topK < 0)
        return fail(ErrorCode::InvalidInput, tr("top-k is %1; it must be 0 (no limit) or more.").arg(settings.topK));
    if (!(settings.topP > 0 && settings.topP <= 1))
        return fail(ErrorCode::InvalidInput,
                    tr("top-p is %1; it must be above 0 and at most 1 (no limit).").arg(settings.topP));
    if (!(settings.minP >= 0 && settings.minP <= 1))
        return fail(ErrorCode::InvalidInput, tr("min-p is %1; it must be from 0 (no limit) to 1.").arg(settings.minP));
    if (!(settings.repetitionPenalty > 0 && settings.repetitionPenalty <= 100))
        return fail(ErrorCode::InvalidInput, tr("The penalty for repeating is %1; it must be above 0 and at most 100.")
                                                 .arg(settings.repetitionPenalty));
    return {};
}

Result<GenerationRequest> requestFromJson(const QJsonObject &object)
{
    GenerationRequest request;
    ATHANOR_TRY(readPrompt(object.value(QLatin1String("prompt")), request));
    ATHANOR_TRY(readMessages(object.value(QLatin1String("messages")), request));
    QJsonObject given = object;
    if (given.value(QLatin1String("topP")).toDouble(1) == 0)
        given.insert(QLatin1String("topP"), 1);  // 0 has always meant no limit
    ATHANOR_ASSIGN(const QJsonObject values, model::valuesFromRequest(given));
    request.maxTokens = values.value(QLatin1String("max_tokens")).toInt();
    request.seed = quint64(values.value(QLatin1String("seed")).toInteger());
    request.sampling.temperature = values.value(QLatin1String("temperature")).toDouble();
    request.sampling.topK = values.value(QLatin1String("top_k")).toInt();
    request.sampling.topP = values.value(QLatin1String("top_p")).toDouble();
    request.sampling.minP = values.value(QLatin1String("min_p")).toDouble();
    request.sampling.repetitionPenalty = values.value(QLatin1String("repetition_penalty")).toDouble();
    request.stop = stopTexts(object.value(QLatin1String("stop")));
    ATHANOR_TRY(checkSettings(request.sampling));
    return request;
}

}  // namespace athanor::generate
