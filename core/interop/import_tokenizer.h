// The tokenizer of a model that is brought in: files copied as they came, or made from a GGUF file's tables.
// Private to the room. Thread: one.
#pragma once

#include "core/interop/import_source.h"
#include "core/tokenizer/gguf_vocabulary.h"

namespace athanor::interop {

/// Puts tokenizer, chat template and generation_config.json into `folder`. Warnings say what could not be taken over.
Status placeTokenizer(const ModelSource &model, const QString &folder, QStringList &warnings);

/// The tables of a GGUF file.
tokenizer::GgufVocabulary vocabularyOf(const GgufReader &file);

}  // namespace athanor::interop
