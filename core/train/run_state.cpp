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
    if (std::isnan(startBitsPerByte))
        startBitsPerByte = score.bitsPerByte;
    const bool isBest = score.loss < lowestLoss;
    withoutImprovement = isBest ? 0 : withoutImprovement + 1;
    if (isBest) {
        lowestLoss = score.loss;
        lowestStep = step;
    }
    return isBest;
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
                       {QStringLiteral("lastLoss"), numberOrNull(state.lastLoss)}};
    if (state.validation)
        object[QStringLiteral("validation")] = QJsonObject{{QStringLiteral("loss"), state.validation->loss},
                                                           {QStringLiteral("perplexity"), numberOrNull(state.validation->perplexity)},
                                                           {QStringLiteral("bitsPerByte"), state.validation->bitsPerByte},
                                                           {QStringLiteral("tokens"), state.validation->tokens}};
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
    state.lastLoss = numberOr(object, "lastLoss", state.lastLoss);
    const QJsonObject validation = object.value(QLatin1String("validation")).toObject();
    if (!validation.isEmpty()) {
        const double loss = numberOr(validation, "loss", 0);
        state.validation = ValidationScore{loss, std::exp(loss), numberOr(validation, "bitsPerByte", 0),
                                           qint64(numberOr(validation, "tokens", 0))};
    }
    return state;
}

}  // namespace athanor::train
