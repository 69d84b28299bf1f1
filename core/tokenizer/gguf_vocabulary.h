// The tokenizer inside a GGUF file, as plain values ("tokenizer.ggml.…" and "tokenizer.chat_template"), made into the
// files of a model's folder, and what a GGUF file needs of a tokenizer that is written into it. The reader and the writer
// of GGUF itself stand in core/interop; who imports fills the struct. Thread: values and pure functions.
#pragma once

#include "core/tokenizer/tokenizer_files.h"

#include <map>
#include <optional>

namespace athanor::tokenizer {

struct GgufVocabulary {
    enum Type { Normal = 1, Unknown = 2, Control = 3, UserDefined = 4, Unused = 5, Byte = 6 };

    QString model;                   // "llama", "gpt2", "bert", "t5", "gemma4"
    QString pre;                     // "gpt-2", "smollm" …
    std::vector<QByteArray> tokens;  // UTF-8
    std::vector<float> scores;       // for each token, or none
    std::vector<qint32> types;       // for each token, or none
    std::vector<QByteArray> merges;  // "a b"
    QByteArray characterMap;         // precompiled_charsmap
    TokenId begin = -1, end = -1, unknown = -1, separator = -1, padding = -1, mask = -1, classifier = -1;
    std::optional<bool> addBegin, addEnd, addSpacePrefix, removeExtraWhitespaces;
    QString chatTemplate;
    std::map<QString, QString> namedTemplates;  // "tool_use" …: tokenizer.chat_template.NAME
};

/// tokenizer.json and tokenizer_config.json with the chat template. Errors: Unsupported with the name of a kind or of
/// rules that are not known; Corrupt for lengths that do not belong together, ids beyond the tokens, text that is no UTF-8.
ATHANOR_EXPORT Result<TokenizerFiles> tokenizerFilesFromGguf(const GgufVocabulary &vocabulary);

/// The vocabulary of the tokenizer in a model's folder, padded with unused tokens to `rows` (the rows of the model's
/// embedding; 0: as many as there are). Errors: those of reading; Unsupported for what no GGUF file can say;
/// InvalidInput when there are more tokens than rows.
ATHANOR_EXPORT Result<GgufVocabulary> ggufVocabularyOf(const QString &folder, qint64 rows = 0);

}  // namespace athanor::tokenizer
