// The job kinds "generate" and "chat". Thread: as Handler.
#pragma once

#include "core/job/context.h"

namespace athanor::generate {

/// parameters {"checkpoint","prompt","maxTokens","temperature","topK","topP","seed","stop"} →
/// {"text","tokens","tokensPerSecond","firstTokenSeconds","stoppedBecause"}; the text also streams as samples.
class ATHANOR_EXPORT GenerateHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("generate"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"checkpoint"}: answers on a local socket whose name stands in socket.json, until told to quit,
/// cancelled, or left alone for half an hour.
class ATHANOR_EXPORT ChatHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("chat"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// The sampler plugin that all generation uses.
inline constexpr char kUsualSampler[] = "sampler.nucleus";

}  // namespace athanor::generate
