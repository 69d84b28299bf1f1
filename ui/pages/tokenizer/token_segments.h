// A text cut into the pieces that the tokenizer sees. Role: maps tokens (bytes) to positions in the text
// (UTF-16), so that an editor can colour them; tokens that share a character stand together. Thread: pure function.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QString>

namespace athanor::pages {

struct TokenSegment {
    int start = 0;    // UTF-16 units
    int length = 0;
    QList<tokenizer::TokenId> ids;  // more than one when they share a character
};

struct Tokenisation {
    QList<TokenSegment> segments;
    qint64 tokens = 0;
    qint64 bytes = 0;
    bool isExact = true;  // the tokens give the text back as it is
};

ATHANOR_EXPORT Tokenisation tokenise(const tokenizer::Tokenizer &tokenizer, const QString &text);

/// Bytes as people read them: "▁the", "\n", "0xE2 0x82".
ATHANOR_EXPORT QString bytesText(const QByteArray &bytes);

}  // namespace athanor::pages
