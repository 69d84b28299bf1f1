// The Tokenizer read from a Hugging Face tokenizer.json, with an encoder of our own: the same ids as the `tokenizers`
// library. What the file names and this reader does not know is refused by its name. Thread: const after reading.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QJsonObject>

namespace athanor::tokenizer {

/// Whether the bytes are JSON rather than a SentencePiece model.
bool isTokenizerJson(QByteArrayView bytes);

/// Errors: Corrupt with what is wrong, Unsupported with the name of what is unknown, LimitExceeded.
Result<std::shared_ptr<const Tokenizer>> parseTokenizerJson(const QByteArray &bytes);

/// The file's JSON, with every character as it stands in the file. Errors: Corrupt.
Result<QJsonObject> parseTokenizerObject(const QByteArray &bytes);

/// Sorted, cut to [0, size), neighbours that touch joined.
std::vector<TextSpan> joinedSpans(std::vector<TextSpan> spans, qsizetype size);

}  // namespace athanor::tokenizer
