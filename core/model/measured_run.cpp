// Role: a measurement as JSON, and what a whole run takes by it.
#include "core/model/measured_run.h"

#include "core/model/held_out.h"

#include <QCoreApplication>

#include <algorithm>
#include <cmath>

namespace athanor::model {

namespace {

struct Field {
    const char *key;
    double MeasuredRun::*value;
};

constexpr Field kFields[] = {
    {"tokensPerStep", &MeasuredRun::tokensPerStep},         {"tokensPerPass", &MeasuredRun::tokensPerPass},
    {"secondsPerStep", &MeasuredRun::secondsPerStep},       {"startSeconds", &MeasuredRun::startSeconds},
    {"validationSeconds", &MeasuredRun::validationSeconds}, {"sampleSeconds", &MeasuredRun::sampleSeconds},
    {"checkpointSeconds", &MeasuredRun::checkpointSeconds}, {"finalSeconds", &MeasuredRun::finalSeconds}};

}  // namespace

QJsonObject toJson(const MeasuredRun &measured)
{
    QJsonObject object{{QStringLiteral("precision"), measured.precision},
                       {QStringLiteral("checkpointedLayers"), measured.recomputedBlocks},
                       {QStringLiteral("peakBytes"), measured.peakBytes}};
    for (const Field &field : kFields)
        object.insert(QLatin1String(field.key), measured.*field.value);
    return object;
}

Result<MeasuredRun> measuredRunFromJson(const QJsonObject &object)
{
    MeasuredRun measured;
    measured.precision = object.value(QLatin1String("precision")).toString();
    measured.recomputedBlocks = object.value(QLatin1String("checkpointedLayers")).toInteger();
    measured.peakBytes = object.value(QLatin1String("peakBytes")).toInteger();
    bool isWhole = true;
    for (const Field &field : kFields) {
        measured.*field.value = object.value(QLatin1String(field.key)).toDouble(-1);
        isWhole = isWhole && measured.*field.value >= 0;
    }
    if (!isWhole || !(measured.secondsPerStep > 0) || !(measured.tokensPerStep > 0))
        return fail(ErrorCode::Corrupt, QCoreApplication::translate("athanor", "A measurement of speed cannot be read."),
                    QCoreApplication::translate("athanor", "Measure again."));
    return measured;
}

MeasuredRun assumedRun(double tokensPerStep, double tokensPerSecond, double trainTokens, double checkpointBytes)
{
    constexpr double kStartSeconds = 2, kSampleSeconds = 0.1, kFinalSeconds = 0.5;  // of small models, on two cores
    constexpr double kBytesPerSecond = 300e6;    // of a checkpoint, beside the steps
    constexpr double kHeldOutShare = 0.05;       // as a corpus is split unless told otherwise
    constexpr double kForwardSpeed = 3;          // without a backward pass
    const double heldOut = kHeldOutShare * trainTokens, forward = kForwardSpeed * tokensPerSecond;
    MeasuredRun assumed;
    assumed.tokensPerStep = tokensPerStep;
    assumed.secondsPerStep = tokensPerStep / tokensPerSecond;
    assumed.startSeconds = kStartSeconds;
    assumed.validationSeconds = std::min(heldOut, double(kTokensPerMeasurement)) / forward;
    assumed.sampleSeconds = kSampleSeconds;
    assumed.checkpointSeconds = checkpointBytes / kBytesPerSecond;
    assumed.finalSeconds = kFinalSeconds + heldOut / forward;
    return assumed;
}

double wholeRunSeconds(const MeasuredRun &measured, double steps, qint64 validationEvery)
{
    constexpr double kSecondsBetweenCheckpoints = 60;
    const double interval = validationEvery > 0 ? static_cast<double>(validationEvery) : std::max(1.0, std::ceil(steps / kUsualValidations));
    const double looks = std::ceil(steps / interval);  // and one before the first step
    const double training = steps * measured.secondsPerStep;
    const bool isMeasured = measured.validationSeconds > 0;
    // While a run learns, nearly every measurement is the best so far, and is kept.
    const double checkpoints = std::max(isMeasured ? looks : 1.0, training / kSecondsBetweenCheckpoints);
    return measured.startSeconds + training + (looks + 1) * (measured.validationSeconds + (isMeasured ? measured.sampleSeconds : 0))
           + (checkpoints + 1) * measured.checkpointSeconds + measured.finalSeconds;
}

}  // namespace athanor::model
