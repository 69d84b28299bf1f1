// A tokenizer.json written: the text that the `tokenizers` library and transformers read. Its vocabulary is written as
// text at once, because a QJsonObject takes quadratic time to grow. Thread: values and pure functions.
#pragma once

#include "core/tokenizer/added_tokens.h"

#include <QJsonArray>
#include <QJsonObject>

#include <utility>

namespace athanor::tokenizer {

using MergePair = std::pair<QByteArray, QByteArray>;

struct TokenizerJson {
    std::vector<AddedToken> added;  // in the order of their ids
    QJsonValue normalizer, preTokenizer, postProcessor, decoder;  // null: none
    QByteArray model;                                             // JSON, as made below
    QByteArray text() const;
};

struct BpeSettings {
    QByteArray unknown;  // empty: none
    bool byteFallback = false;
    bool fusesUnknown = false;
    bool ignoresMerges = false;
};

/// Pieces by id; an empty one is left out.
QByteArray bpeModelText(const std::vector<QByteArray> &pieces, const std::vector<MergePair> &merges, const BpeSettings &settings);
QByteArray unigramModelText(const std::vector<std::pair<QByteArray, float>> &pieces, TokenId unknown, bool byteFallback);
QByteArray wordPieceModelText(const std::vector<QByteArray> &pieces, const QByteArray &unknown);

/// {"type": …} with more fields.
QJsonObject jsonPart(const char *type, QJsonObject fields = {});
QJsonObject jsonSequence(const char *key, const QJsonArray &parts);
QJsonObject replacePart(const QJsonObject &pattern, const QString &content);
QJsonObject literalPattern(const QString &text);
QJsonObject regexPattern(const QString &expression);

/// What stands before and after a text on its own: none gives null.
QJsonValue templatePart(const std::vector<std::pair<QByteArray, TokenId>> &before, const std::vector<std::pair<QByteArray, TokenId>> &after);

/// Appends a JSON string; `text` is UTF-8.
void appendJsonString(QByteArray &out, QByteArrayView text);

}  // namespace athanor::tokenizer
