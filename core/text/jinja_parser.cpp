// Statements. See jinja_parser.h.
#include "core/text/jinja_parser.h"

namespace athanor::text::jinja {
namespace {

constexpr int kBlockLimit = 100;

std::unique_ptr<Statement> makeStatement(StatementKind kind, int line)
{
    auto statement = std::make_unique<Statement>();
    statement->kind = kind;
    statement->line = line;
    return statement;
}

}  // namespace

Token Parser::take()
{
    Token token = current();
    if (m_next + 1 < m_tokens.size())
        ++m_next;
    return token;
}

bool Parser::skipName(const char *name)
{
    const bool found = isName(name);
    if (found)
        take();
    return found;
}

bool Parser::skipOperator(const char *name)
{
    const bool found = isOperator(name);
    if (found)
        take();
    return found;
}

void Parser::expectOperator(const char *name)
{
    if (!skipOperator(name))
        fail(QStringLiteral("expected '%1', got %2").arg(QLatin1String(name), described()));
}

QByteArray Parser::expectName()
{
    if (current().kind != TokenKind::Name)
        fail(QStringLiteral("expected a name, got %1").arg(described()));
    return take().value;
}

void Parser::expect(TokenKind kind, const char *what)
{
    if (current().kind != kind)
        fail(QStringLiteral("expected %1, got %2").arg(QLatin1String(what), described()));
    take();
}

void Parser::fail(const QString &message) const { throw SyntaxFailure{message, current().line}; }

QString Parser::described() const
{
    switch (current().kind) {
    case TokenKind::End:
        return QStringLiteral("the end of the template");
    case TokenKind::BlockEnd:
    case TokenKind::VariableEnd:
        return QStringLiteral("the end of the tag");
    default:
        return QStringLiteral("'%1'").arg(QString::fromUtf8(current().value));
    }
}

Body Parser::parse() { return statementsUntil({}); }

// Up to a tag that begins with one of `ends`, whose name is then the current token; all of it where there are none.
Body Parser::statementsUntil(std::initializer_list<const char *> ends)
{
    if (++m_blocks > kBlockLimit)
        fail(QStringLiteral("blocks stand more than %1 deep in each other").arg(kBlockLimit));
    Body body;
    while (current().kind != TokenKind::End) {
        const Token token = take();
        if (token.kind == TokenKind::Data) {
            body.push_back(makeStatement(StatementKind::Text, token.line));
            body.back()->text = Value::string(token.value, Trust::Template);
        } else if (token.kind == TokenKind::VariableBegin) {
            body.push_back(makeStatement(StatementKind::Output, token.line));
            body.back()->value = tuple();
            expect(TokenKind::VariableEnd, "'}}'");
        } else {
            for (const char *end : ends) {
                if (isName(end)) {
                    --m_blocks;
                    return body;
                }
            }
            if (auto made = statement())
                body.push_back(std::move(made));
            expect(TokenKind::BlockEnd, "'%}'");
        }
    }
    if (ends.size() > 0)
        fail(QStringLiteral("the template ends where '%1' is missing").arg(QLatin1String(*(ends.end() - 1))));
    --m_blocks;
    return body;
}

Body Parser::bodyUntil(std::initializer_list<const char *> ends)
{
    skipOperator(":");
    expect(TokenKind::BlockEnd, "'%}'");
    return statementsUntil(ends);
}

std::unique_ptr<Statement> Parser::statement()
{
    const int line = current().line;
    const QByteArray tag = expectName();
    if (tag == "if")
        return ifStatement(line);
    if (tag == "for")
        return forStatement(line);
    if (tag == "set")
        return setStatement(line);
    if (tag == "macro")
        return macroStatement(line);
    if (tag == "call")
        return callStatement(line);
    if (tag == "with")
        return withStatement(line);
    if (tag == "break" || tag == "continue")
        return makeStatement(tag == "break" ? StatementKind::Break : StatementKind::Continue, line);
    auto made = makeStatement(StatementKind::Scope, line);
    if (tag == "generation") {
        made->kind = StatementKind::Generation;
        made->body = bodyUntil({"endgeneration"});
    } else if (tag == "filter") {
        made->kind = StatementKind::FilterBlock;
        // filter() begins at "|"; here the first name stands without it.
        ExpressionPointer first = make(ExpressionKind::Filter, line, {}, expectName());
        first->children.push_back(nullptr);
        if (isOperator("("))
            callArguments(*first);
        made->value = filter(std::move(first));
        made->body = bodyUntil({"endfilter"});
    } else if (tag == "block") {
        made->name = expectName();
        skipName("scoped");
        made->body = bodyUntil({"endblock"});
    } else if (tag == "autoescape") {
        expression();
        made->body = bodyUntil({"endautoescape"});
    } else if (tag == "print") {
        made->kind = StatementKind::Output;
        made->value = tuple();
        return made;
    } else {
        fail(QStringLiteral("the tag '%1' is unknown or stands in the wrong place").arg(QString::fromUtf8(tag)));
    }
    take();  // the name of the end tag
    if (tag == "block" && current().kind == TokenKind::Name && current().value == made->name)
        take();
    return made;
}

std::unique_ptr<Statement> Parser::ifStatement(int line)
{
    auto made = makeStatement(StatementKind::If, line);
    for (;;) {
        ExpressionPointer test = tuple(false);
        Body body = bodyUntil({"elif", "else", "endif"});
        made->branches.emplace_back(std::move(test), std::move(body));
        const QByteArray end = take().value;
        if (end == "elif")
            continue;
        if (end == "else") {
            made->otherwise = bodyUntil({"endif"});
            take();
        }
        return made;
    }
}

std::unique_ptr<Statement> Parser::forStatement(int line)
{
    auto made = makeStatement(StatementKind::For, line);
    made->target = target(true, false);
    if (!skipName("in"))
        fail(QStringLiteral("expected 'in', got %1").arg(described()));
    made->value = tuple(false, "recursive");
    if (skipName("if"))
        made->test = expression();
    made->isRecursive = skipName("recursive");
    made->body = bodyUntil({"else", "endfor"});
    if (take().value == "else") {
        made->otherwise = bodyUntil({"endfor"});
        take();
    }
    return made;
}

std::unique_ptr<Statement> Parser::setStatement(int line)
{
    auto made = makeStatement(StatementKind::Set, line);
    made->target = target(false, true);
    if (skipOperator("=")) {
        made->value = tuple();
        return made;
    }
    made->kind = StatementKind::SetBlock;
    if (isOperator("|"))
        made->value = filter(nullptr);
    made->body = bodyUntil({"endset"});
    take();
    return made;
}

void Parser::signature(Statement &statement)
{
    expectOperator("(");
    while (!isOperator(")")) {
        if (!statement.parameters.empty())
            expectOperator(",");
        Parameter parameter;
        parameter.name = expectName();
        if (skipOperator("="))
            parameter.fallback = expression();
        else if (!statement.parameters.empty() && statement.parameters.back().fallback)
            fail(QStringLiteral("a parameter without a default follows one that has it"));
        statement.parameters.push_back(std::move(parameter));
    }
    expectOperator(")");
}

std::unique_ptr<Statement> Parser::macroStatement(int line)
{
    auto made = makeStatement(StatementKind::Macro, line);
    made->name = expectName();
    signature(*made);
    m_macros.push_back(made.get());
    made->body = bodyUntil({"endmacro"});
    m_macros.pop_back();
    take();
    return made;
}

std::unique_ptr<Statement> Parser::callStatement(int line)
{
    auto made = makeStatement(StatementKind::CallBlock, line);
    if (isOperator("("))
        signature(*made);
    made->value = expression();
    if (made->value->kind != ExpressionKind::Call)
        fail(QStringLiteral("expected a call"));
    m_macros.push_back(made.get());
    made->body = bodyUntil({"endcall"});
    m_macros.pop_back();
    take();
    return made;
}

std::unique_ptr<Statement> Parser::withStatement(int line)
{
    auto made = makeStatement(StatementKind::With, line);
    while (current().kind != TokenKind::BlockEnd) {
        if (!made->targets.empty())
            expectOperator(",");
        made->targets.push_back(target(false, false));
        expectOperator("=");
        made->values.push_back(expression());
    }
    made->body = bodyUntil({"endwith"});
    take();
    return made;
}

// Names, or names with commas between; `set` also takes "namespace.name".
ExpressionPointer Parser::target(bool inFor, bool allowsNamespace)
{
    std::vector<ExpressionPointer> parts;
    const int line = current().line;
    bool isTuple = false;
    const auto atEnd = [&] {
        return current().kind == TokenKind::BlockEnd || isOperator(")") || isOperator("=") || (inFor && isName("in"));
    };
    while (!atEnd()) {
        if (allowsNamespace && current().kind == TokenKind::Name && look(1).kind == TokenKind::Operator && look(1).value == ".") {
            ExpressionPointer part = make(ExpressionKind::NamespaceTarget, line, {}, take().value);
            take();
            part->second = expectName();
            parts.push_back(std::move(part));
        } else {
            parts.push_back(primary());
        }
        if (!skipOperator(","))
            break;
        isTuple = true;
    }
    if (parts.empty())
        fail(QStringLiteral("expected a name to assign to, got %1").arg(described()));
    ExpressionPointer result =
        isTuple ? make(ExpressionKind::Tuple, line, std::move(parts)) : std::move(parts.front());
    checkTarget(*result);
    return result;
}

void Parser::checkTarget(const Expression &expression) const
{
    if (expression.kind == ExpressionKind::Tuple) {
        for (const ExpressionPointer &part : expression.children)
            checkTarget(*part);
    } else if (expression.kind != ExpressionKind::Name && expression.kind != ExpressionKind::NamespaceTarget) {
        fail(QStringLiteral("a value cannot be assigned to this"));
    }
}

}  // namespace athanor::text::jinja
