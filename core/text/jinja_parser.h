// Tokens to a tree. Limits: 100 blocks in each other, 60 brackets, trees 400 deep. Throws SyntaxFailure.
// The grammar is that of the template language's own documentation. Thread: one call at a time.
#pragma once

#include "core/text/jinja_ast.h"
#include "core/text/jinja_lexer.h"

#include <initializer_list>

namespace athanor::text::jinja {

class Parser {
public:
    explicit Parser(std::vector<Token> tokens) : m_tokens(std::move(tokens)) {}
    Body parse();

private:
    // Statements (jinja_parser.cpp)
    Body statementsUntil(std::initializer_list<const char *> ends);
    Body bodyUntil(std::initializer_list<const char *> ends);
    std::unique_ptr<Statement> statement();
    std::unique_ptr<Statement> ifStatement(int line);
    std::unique_ptr<Statement> forStatement(int line);
    std::unique_ptr<Statement> setStatement(int line);
    std::unique_ptr<Statement> macroStatement(int line);
    std::unique_ptr<Statement> callStatement(int line);
    std::unique_ptr<Statement> withStatement(int line);
    void signature(Statement &statement);
    ExpressionPointer target(bool inFor, bool allowsNamespace);
    void checkTarget(const Expression &expression) const;

    // Expressions (jinja_parser_expressions.cpp)
    ExpressionPointer tuple(bool withCondition = true, const char *endName = nullptr, bool explicitParentheses = false);
    ExpressionPointer expression(bool withCondition = true);
    ExpressionPointer condition();
    ExpressionPointer orExpression();
    ExpressionPointer andExpression();
    ExpressionPointer notExpression();
    ExpressionPointer comparison();
    ExpressionPointer sum();
    ExpressionPointer concatenation();
    ExpressionPointer product();
    ExpressionPointer power();
    ExpressionPointer unary(bool withFilter = true);
    ExpressionPointer primary();
    ExpressionPointer nameOrConstant();
    ExpressionPointer listLiteral();
    ExpressionPointer dictLiteral();
    ExpressionPointer postfix(ExpressionPointer node);
    ExpressionPointer filtered(ExpressionPointer node);
    ExpressionPointer subscript(ExpressionPointer node);
    ExpressionPointer subscribed();
    ExpressionPointer filter(ExpressionPointer node);
    ExpressionPointer test(ExpressionPointer node);
    ExpressionPointer call(ExpressionPointer node);
    void callArguments(Expression &node);
    ExpressionPointer make(ExpressionKind kind, int line, std::vector<ExpressionPointer> children = {},
                           const QByteArray &name = {});
    ExpressionPointer checked(ExpressionPointer node) const;

    const Token &current() const { return m_tokens[m_next]; }
    const Token &look(size_t ahead) const { return m_tokens[std::min(m_next + ahead, m_tokens.size() - 1)]; }
    Token take();
    bool isName(const char *name) const { return current().kind == TokenKind::Name && current().value == name; }
    bool isOperator(const char *name) const { return current().kind == TokenKind::Operator && current().value == name; }
    bool skipName(const char *name);
    bool skipOperator(const char *name);
    void expectOperator(const char *name);
    QByteArray expectName();
    void expect(TokenKind kind, const char *what);
    [[noreturn]] void fail(const QString &message) const;
    QString described() const;

    std::vector<Token> m_tokens;
    size_t m_next = 0;
    int m_blocks = 0, m_nesting = 0;
    std::vector<Statement *> m_macros;  // that are being read, the innermost last
};

}  // namespace athanor::text::jinja
