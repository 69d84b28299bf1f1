// What is known about a model that is to leave the project: for its card. Private to the room. Thread: main.
#pragma once

#include "core/project/project.h"

namespace athanor::workbench {

/// Facts only; what is unknown is left out. Keys: "name", "architecture" {family, parameters, context, vocabulary},
/// "base" {name, licence, source, weightsSha256}, "data" [{dataset, version, documents, bytes, licences, unlicensed}],
/// "tokenizer" {name, type, vocabulary, sha256}, "runs" [{id, title, steps, tokens, seconds, settings, adapter,
/// teaching, learns, started}] from the oldest to the one that made the checkpoint, "results" {bitsPerByte,
/// validationLoss, startBitsPerByte, step}, "languages" (the person's,
/// where the model was trained here), "evaluations" [{file or split, bitsPerByte, perplexity}].
QJsonObject cardFacts(const project::Project &project, const QString &checkpoint);

}  // namespace athanor::workbench
