// A template's source cut into tokens, with the rules for white space that chat templates rely on: trim_blocks (a line
// end after a tag goes) and lstrip_blocks (blanks before a tag that begins its line go). Throws Failure through
// SyntaxFailure. Thread: pure.
#pragma once

#include "core/text/jinja_value.h"

namespace athanor::text::jinja {

enum class TokenKind { Data, BlockBegin, BlockEnd, VariableBegin, VariableEnd, Name, String, Integer, Float, Operator, End };

struct Token {
    TokenKind kind = TokenKind::End;
    QByteArray value;
    int line = 1;
};

struct SyntaxFailure {
    QString message;
    int line = 1;
};

std::vector<Token> tokenize(const QByteArray &source);

}  // namespace athanor::text::jinja
