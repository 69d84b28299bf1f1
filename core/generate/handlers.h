// The job kinds "generate", "prompts" and "chat". Thread: as Handler.
#pragma once

#include "core/job/context.h"

namespace athanor::generate {

/// parameters {"checkpoint", "prompt" or "messages", settings of model::generationSchema() under their request keys,
/// "weights", "threads"} → {"text","tokens","promptTokens","reusedTokens","droppedMessages","tokensPerSecond","firstTokenSeconds",
/// "stoppedBecause","weights"}; the text also streams as samples. For a model that fills masks also
/// "gaps": [[{"text","probability"} …] …]; for one that was taught labels "labels": [{"text","probability"} …], the text
/// being the likeliest.
class ATHANOR_EXPORT GenerateHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("generate"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"checkpoint", "file" (see prompt_lines.h), "settings" (of model::generationSchema() under their request keys),
/// "chat", "system", "batch" (0: as memory allows, at most kUsualBatch), "to", "threads"} → {"file" below the project, "to",
/// "prompts","answered","failed","problems": [{"line","error"} …], "tokens","promptTokens","seconds","tokensPerSecond" in all,
/// "largestBatch","weights"}. A line of the file answers a prompt: {"line","id"?,"prompt"|"messages","text","stoppedBecause",
/// "promptTokens","tokens"}, with "labels" or "gaps" as GenerateHandler has them, or {"line",…,"error"}. Each text is as
/// Generator::run() writes it, up to rounding. A cancel keeps what is written, and resuming goes on behind it:
/// InvalidInput when the file of prompts is another one by then. Tokens and seconds are of all attempts, the speed is that of
/// the last.
class ATHANOR_EXPORT PromptsHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("prompts"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// parameters {"checkpoint","weights","threads"}: answers on a local socket whose name stands in socket.json, until told to quit,
/// cancelled, or left alone for half an hour.
class ATHANOR_EXPORT ChatHandler final : public job::Handler {
public:
    QString kind() const override { return QStringLiteral("chat"); }
    Result<QJsonObject> run(job::Context &context) override;
};

/// The sampler plugin that all generation uses.
inline constexpr char kUsualSampler[] = "sampler.nucleus";

}  // namespace athanor::generate
