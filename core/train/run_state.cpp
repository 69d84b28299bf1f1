// See run_state.h.
#include "core/train/run_state.h"

#include <cmath>

namespace athanor::train {
namespace {

QJsonValue numberOrNull(double value) { return std::isfinite(value) ? QJsonValue(value) : QJsonValue(); }
double numberOr(const QJsonObject &object, const char *key, double preset)
{
    return object.value(QLatin1String(key)).toDouble(preset);
}

}  // namespace

bool RunState::addValidation(const ValidationScore &score)
{
    validation = score;
    if (std::isnan(startBitsPerByte) && std::isnan(score.accuracy))
        startBitsPerByte = score.bitsPerByte;
    const bool isBest = score.loss < lowestLoss;
    withoutImprovement = isBest ? 0 : withoutImprovement + 1;
    if (isBest) {
        lowestLoss = score.loss;
        lowestStep = step;
    }
    return isBest;
}

QJsonObject toJson(const ValidationScore &score)
{
    QJsonObject object{{QStringLiteral("loss"), score.loss},
                       {QStringLiteral("perplexity"), numberOrNull(score.perplexity)},
                       {QStringLiteral("bitsPerByte"), score.bitsPerByte},
                       {QStringLiteral("tokens"), score.tokens}};
    if (!std::isnan(score.maskedAccuracy))
        object[QStringLiteral("maskedAccuracy")] = score.maskedAccuracy;
    if (!std::isnan(score.nextSentenceAccuracy))
        object[QStringLiteral("nextSentenceAccuracy")] = score.nextSentenceAccuracy;
    if (std::isnan(score.accuracy))
        return object;
    object.remove(QStringLiteral("bitsPerByte"));
    object[QStringLiteral("accuracy")] = score.accuracy;
    object[QStringLiteral("macroF1")] = score.macroF1;
    return object;
}

QMap<QString, double> metricsOf(const ValidationScore &score)
{
    QMap<QString, double> values{{QStringLiteral("validation/loss"), score.loss},
                                 {QStringLiteral("validation/perplexity"), score.perplexity}};
    if (std::isnan(score.accuracy)) {
        values.insert(QStringLiteral("validation/bits_per_byte"), score.bitsPerByte);
    } else {
        values.insert(QStringLiteral("validation/accuracy"), score.accuracy);
        values.insert(QStringLiteral("validation/macro_f1"), score.macroF1);
    }
    if (!std::isnan(score.maskedAccuracy))
        values.insert(QStringLiteral("validation/masked_accuracy"), score.maskedAccuracy);
    if (!std::isnan(score.nextSentenceAccuracy))
        values.insert(QStringLiteral("validation/next_sentence_accuracy"), score.nextSentenceAccuracy);
    if (!std::isnan(score.averageLoss)) {
        values.insert(QStringLiteral("validation/own_loss"), score.ownLoss);
        values.insert(QStringLiteral("validation/average_loss"), score.averageLoss);
    }
    return values;
}

QJsonObject toJson(const RunState &state)
{
    QJsonObject object{{QStringLiteral("step"), state.step},
                       {QStringLiteral("tokens"), state.tokens},
                       {QStringLiteral("seconds"), state.seconds},
                       {QStringLiteral("startBitsPerByte"), numberOrNull(state.startBitsPerByte)},
                       {QStringLiteral("lowestLoss"), numberOrNull(state.lowestLoss)},
                       {QStringLiteral("lowestStep"), state.lowestStep},
                       {QStringLiteral("withoutImprovement"), state.withoutImprovement},
                       {QStringLiteral("lastLoss"), numberOrNull(state.lastLoss)},
                       {QStringLiteral("recent"), toJson(state.recent)}};
    if (state.holdsAverage)
        object[QStringLiteral("holdsAverage")] = true;
    if (state.validation)
        object[QStringLiteral("validation")] = toJson(*state.validation);
    return object;
}

RunState stateFromJson(const QJsonObject &object)
{
    RunState state;
    state.step = qint64(numberOr(object, "step", 0));
    state.tokens = qint64(numberOr(object, "tokens", 0));
    state.seconds = numberOr(object, "seconds", 0);
    state.startBitsPerByte = numberOr(object, "startBitsPerByte", state.startBitsPerByte);
    state.lowestLoss = numberOr(object, "lowestLoss", state.lowestLoss);
    state.lowestStep = qint64(numberOr(object, "lowestStep", -1));
    state.withoutImprovement = int(numberOr(object, "withoutImprovement", 0));
    state.holdsAverage = object.value(QLatin1String("holdsAverage")).toBool();
    state.lastLoss = numberOr(object, "lastLoss", state.lastLoss);
    state.recent = recentFromJson(object.value(QLatin1String("recent")).toObject());
    const QJsonObject validation = object.value(QLatin1String("validation")).toObject();
    if (!validation.isEmpty()) {
        const double loss = numberOr(validation, "loss", 0), unknown = std::numeric_limits<double>::quiet_NaN();
        state.validation = ValidationScore{loss, std::exp(loss), numberOr(validation, "bitsPerByte", 0),
                                           qint64(numberOr(validation, "tokens", 0)),
                                           numberOr(validation, "accuracy", unknown), numberOr(validation, "macroF1", unknown),
                                           numberOr(validation, "maskedAccuracy", unknown), numberOr(validation, "nextSentenceAccuracy", unknown)};
    }
    return state;
}

}  // namespace athanor::train
