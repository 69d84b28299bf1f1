// The job kinds "train" and "probe". Thread: as Handler.
#pragma once

#include "core/job/context.h"

namespace athanor::train {

/// parameters {"model","architecture","corpus","corpusSha256","tokenizer","tokenizerSha256","settings","from","expect"} →
/// {"bestCheckpoint","lastCheckpoint","steps","tokens","seconds","parameters","validationLoss","bitsPerByte",
///  "startBitsPerByte","weightsSha256","optimizerSha256" (of the last checkpoint),"stoppedBecause","reproduced"?}
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

}  // namespace athanor::train
