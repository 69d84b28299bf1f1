// The job kinds "train", "probe", "measure", "find_rate" and "adapter". Thread: as Handler.
#pragma once

#include "core/job/context.h"

namespace athanor::train {

/// parameters {"model","architecture","corpus","corpusSha256","tokenizer","tokenizerSha256","settings","from","expect",
/// "teaching","adapter","learns"} →
/// {"bestCheckpoint","lastCheckpoint","steps","tokens","seconds","parameters","validationLoss","bitsPerByte",
///  "startBitsPerByte","weightsSha256","optimizerSha256" (of the last checkpoint),"stoppedBecause","reproduced"?,
///  "parametersLearned"? (where not all weights learn),"accuracy"?,"macroF1"? (labels, instead of bits per byte),
///  "maskedAccuracy"?,"nextSentenceAccuracy"? (shares of held-out hidden tokens and pairs),"tokensPerSecond" (of steps by
///  themselves),"stepsAlone" (how many those were; 0: of all steps, with what happened beside them),"peakMemoryBytes" (of this
///  process),"deviceMemoryBytes"? (of a graphics card's),"jobSeconds" (everything that was waited for),"leftOut"? (left_out.h)}
class ATHANOR_EXPORT TrainHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("train"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"architecture","shape":{"batch","context","optimizer"}} → {"tokensPerSecond":{"f32","bf16"},
/// "flopsPerSecond":{"f32","bf16"},"precision","measured":bool}. At most about ten seconds; shapes whose step would
/// take longer are estimated from the matrix products ("measured": false).
class ATHANOR_EXPORT ProbeHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("probe"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// The parameters of a train job, and "measureKey" (64 hexadecimal digits): every part of that run in small → what
/// model::MeasuredRun holds, kept as objects/measured/<measureKey>.json too. Ten to thirty seconds.
class ATHANOR_EXPORT MeasureHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("measure"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters as "train", and {"range":{"lowest","highest","steps"}} → what experiment::toJson() of a rate curve says.
/// Nothing is kept of the weights.
class ATHANOR_EXPORT FindRateHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("find_rate"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"action":"merge","checkpoint"}: a checkpoint's adapter added into its base's weights, as a whole model; or
/// {"action":"import","source" (absolute: a PEFT folder),"base","name","licence"?}: an adapter of PEFT on a model folder.
/// Both write <job>/model and give {"checkpoint","weightsSha256","parameters"}; the import also what the job kind
/// "import" gives, and "base" (relative to the project where it lies in it).
class ATHANOR_EXPORT AdapterHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("adapter"); }
    Result<QJsonObject> run(job::Context &context) override;
};

}  // namespace athanor::train
