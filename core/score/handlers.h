// The job kinds "evaluate", "export" and "logits". Thread: as Handler.
#pragma once

#include "core/job/context.h"

namespace athanor::score {

/// parameters {"checkpoint","corpus"+"split" | "file","limitBytes","limitDocuments","samples"?} → see toJson(TextScore).
/// "samples": a file for the score of every document, JSON Lines of toJson(DocumentScore).
class ATHANOR_EXPORT EvaluateHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("evaluate"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"checkpoint","format","dtype","to","name","facts","corpus"?} → {"path","files","parity"}: see export_gate.h.
/// `corpus`: a folder whose held-out documents are compared on; without one, built-in texts.
class ATHANOR_EXPORT ExportHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("export"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"checkpoint","ids","last"} → {"file": T × V numbers (f32, little-endian) below the project, "positions",
/// "vocabulary", "top": [{"position","best":[{"id","score","text"}]}]}.
class ATHANOR_EXPORT LogitsHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("logits"); }
    Result<QJsonObject> run(job::Context &context) override;
};

}  // namespace athanor::score
