// How the well-known byte-level tokenizers cut text into words, by the names that GGUF files have for it
// ("tokenizer.ggml.pre"), as the pre-tokenizers and normalizers of a tokenizer.json. Thread: pure functions.
#pragma once

#include "core/base/error.h"

#include <QJsonObject>

namespace athanor::tokenizer {

struct WordRules {
    QJsonValue preTokenizer;
    QJsonValue normalizer;
    bool ignoresMerges = false;  // a word that is a piece is that piece
    bool addsBegin = false;      // unless the file says otherwise
};

/// "" and "default" count as GPT-2's, the usual case in files that are older than the name.
/// Errors: Unsupported with the name.
Result<WordRules> wordRulesNamed(const QString &name);

/// The name for a tokenizer.json's pre-tokenizer and "ignore_merges"; "" when there is none.
QString nameOfWordRules(const QJsonValue &preTokenizer, bool ignoresMerges);

}  // namespace athanor::tokenizer
