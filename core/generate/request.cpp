// Requests as they come in JSON, and their limits.
#include "core/generate/generator.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::generate {
namespace {

constexpr int kMostTokens = 1'000'000;
constexpr qsizetype kLongestPrompt = 16 << 20;
constexpr int kMostStops = 64;

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

Result<double> number(const QJsonObject &object, const char *key, double preset, double least, double most)
{
    const QJsonValue value = object.value(QLatin1String(key));
    if (value.isUndefined() || value.isNull())
        return preset;
    const double found = value.toDouble(std::numeric_limits<double>::quiet_NaN());
    if (!(found >= least && found <= most))
        return fail(ErrorCode::InvalidInput, tr("“%1” is %2; it must be a number from %3 to %4.")
                                                 .arg(QLatin1String(key), value.toVariant().toString())
                                                 .arg(least).arg(most));
    return found;
}

Result<QStringList> stopTexts(const QJsonValue &value)
{
    QStringList texts;
    if (value.isUndefined() || value.isNull())
        return texts;
    const QJsonArray list = value.isString() ? QJsonArray{value} : value.toArray();
    for (const QJsonValue &entry : list) {
        if (!entry.isString() || texts.size() >= kMostStops)
            return fail(ErrorCode::InvalidInput, tr("“stop” must be a list of at most %1 texts.").arg(kMostStops));
        if (!entry.toString().isEmpty())
            texts += entry.toString();
    }
    return texts;
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
    return {};
}

Result<GenerationRequest> requestFromJson(const QJsonObject &object)
{
    GenerationRequest request;
    const QJsonValue prompt = object.value(QLatin1String("prompt"));
    if (!prompt.isUndefined() && !prompt.isNull() && !prompt.isString())
        return fail(ErrorCode::InvalidInput, tr("“prompt” must be a text."));
    request.prompt = prompt.toString().toUtf8();
    if (request.prompt.size() > kLongestPrompt)
        return fail(ErrorCode::LimitExceeded, tr("The prompt has %1 bytes; at most %2 are read.")
                                                  .arg(request.prompt.size()).arg(kLongestPrompt));
    ATHANOR_ASSIGN(const double maxTokens, number(object, "maxTokens", request.maxTokens, 1, kMostTokens));
    ATHANOR_ASSIGN(const double topK, number(object, "topK", 0, 0, 1e9));
    ATHANOR_ASSIGN(const double seed, number(object, "seed", 1, 0, 9007199254740991.0));
    ATHANOR_ASSIGN(request.sampling.temperature, number(object, "temperature", 0.8, 0, 100));
    ATHANOR_ASSIGN(request.sampling.topP, number(object, "topP", 1, 0, 1));
    ATHANOR_ASSIGN(request.stop, stopTexts(object.value(QLatin1String("stop"))));
    request.maxTokens = int(maxTokens);
    request.sampling.topK = int(topK);
    request.seed = quint64(seed);
    if (request.sampling.topP <= 0)
        request.sampling.topP = 1;
    ATHANOR_TRY(checkSettings(request.sampling));
    return request;
}

}  // namespace athanor::generate
