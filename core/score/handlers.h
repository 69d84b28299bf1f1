// The job kind "evaluate". Thread: as Handler.
#pragma once

#include "core/job/context.h"

namespace athanor::score {

/// parameters {"checkpoint","corpus"+"split" | "file","limitBytes"} → see toJson(TextScore).
class ATHANOR_EXPORT EvaluateHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("evaluate"); }
    Result<QJsonObject> run(job::Context &context) override;
};

}  // namespace athanor::score
