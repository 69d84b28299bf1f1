// A file of prompts, line by line. Role: JSON Lines with "prompt" or "messages", or plain text with one prompt a line, to
// requests; a line that cannot be used is kept with the reason. Thread: pure functions.
#pragma once

#include "core/generate/generator.h"

#include <optional>

namespace athanor::generate {

/// What is asked of every line; a JSON line may override the settings with its own.
struct PromptFileSettings {
    QJsonObject request;   // settings of model::generationSchema() under their request keys
    bool asksChat = false; // "prompt" and plain lines are questions, put as the model's chat template says
    QString system;        // of a chat: what the model is told first; lines with "messages" have their own
};

struct PromptLine {
    qint64 number = 0;     // from 1, as editors count; empty lines count and are left out
    QJsonObject asked;     // {"id"?, "prompt" | "messages"}: as the answer repeats it
    GenerationRequest request;
    std::optional<Error> problem;
};

/// All lines but the empty ones; JSON Lines when the first of them is an object with "prompt" or "messages", or when
/// the file's name says so (.jsonl, .ndjson). Errors: those of readFile(); InvalidInput when there is no line.
ATHANOR_EXPORT Result<std::vector<PromptLine>> readPromptLines(const QString &file, const PromptFileSettings &settings);

}  // namespace athanor::generate
