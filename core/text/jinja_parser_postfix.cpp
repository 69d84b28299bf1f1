// What stands around and behind a value: brackets, attributes, calls, filters, tests. See jinja_parser.h.
#include "core/text/jinja_parser.h"

namespace athanor::text::jinja {

ExpressionPointer Parser::listLiteral()
{
    const int line = take().line;
    std::vector<ExpressionPointer> items;
    while (!isOperator("]")) {
        if (!items.empty())
            expectOperator(",");
        if (isOperator("]"))
            break;
        items.push_back(expression());
    }
    expectOperator("]");
    return make(ExpressionKind::List, line, std::move(items));
}

ExpressionPointer Parser::dictLiteral()
{
    const int line = take().line;
    std::vector<ExpressionPointer> items;  // key, value, key, value …
    while (!isOperator("}")) {
        if (!items.empty())
            expectOperator(",");
        if (isOperator("}"))
            break;
        items.push_back(expression());
        expectOperator(":");
        items.push_back(expression());
    }
    expectOperator("}");
    return make(ExpressionKind::Dict, line, std::move(items));
}

ExpressionPointer Parser::postfix(ExpressionPointer node)
{
    for (;;) {
        if (isOperator(".") || isOperator("["))
            node = subscript(std::move(node));
        else if (isOperator("("))
            node = call(std::move(node));
        else
            return node;
    }
}

ExpressionPointer Parser::filtered(ExpressionPointer node)
{
    for (;;) {
        if (isOperator("|"))
            node = filter(std::move(node));
        else if (isName("is"))
            node = test(std::move(node));
        else if (isOperator("("))
            node = call(std::move(node));
        else
            return node;
    }
}

ExpressionPointer Parser::subscript(ExpressionPointer node)
{
    const Token token = take();
    std::vector<ExpressionPointer> parts;
    parts.push_back(std::move(node));
    if (token.value == ".") {
        const Token name = current();
        if (name.kind == TokenKind::Name) {
            take();
            return make(ExpressionKind::Attribute, token.line, std::move(parts), name.value);
        }
        if (name.kind != TokenKind::Integer)
            fail(QStringLiteral("expected a name after '.', got %1").arg(described()));
        parts.push_back(primary());
        return make(ExpressionKind::Item, token.line, std::move(parts));
    }
    std::vector<ExpressionPointer> keys;
    while (!isOperator("]")) {
        if (!keys.empty())
            expectOperator(",");
        keys.push_back(subscribed());
    }
    expectOperator("]");
    parts.push_back(keys.size() == 1 ? std::move(keys.front()) : make(ExpressionKind::Tuple, token.line, std::move(keys)));
    return make(ExpressionKind::Item, token.line, std::move(parts));
}

// An index, or start:stop:step with any part left out.
ExpressionPointer Parser::subscribed()
{
    const int line = current().line;
    std::vector<ExpressionPointer> parts;
    if (isOperator(":")) {
        parts.push_back(nullptr);
    } else {
        parts.push_back(expression());
        if (!isOperator(":"))
            return std::move(parts.front());
    }
    take();
    const auto part = [&] { return isOperator(":") || isOperator("]") || isOperator(",") ? nullptr : expression(); };
    parts.push_back(part());
    parts.push_back(skipOperator(":") ? part() : nullptr);
    return make(ExpressionKind::Slice, line, std::move(parts));
}

ExpressionPointer Parser::call(ExpressionPointer node)
{
    const int line = current().line;
    std::vector<ExpressionPointer> parts;
    parts.push_back(std::move(node));
    ExpressionPointer made = make(ExpressionKind::Call, line, std::move(parts));
    callArguments(*made);
    return checked(std::move(made));
}

void Parser::callArguments(Expression &node)
{
    expectOperator("(");
    bool any = false;
    while (!isOperator(")")) {
        if (any) {
            expectOperator(",");
            if (isOperator(")"))
                break;
        }
        any = true;
        if (isOperator("*") || isOperator("**")) {
            ExpressionPointer &part = take().value == "*" ? node.star : node.starStar;
            if (part)
                fail(QStringLiteral("a call has two lists of further arguments"));
            part = expression();
        } else if (current().kind == TokenKind::Name && look(1).kind == TokenKind::Operator && look(1).value == "=") {
            const QByteArray name = take().value;
            take();
            node.named.emplace_back(name, expression());
        } else {
            if (!node.named.empty() || node.star || node.starStar)
                fail(QStringLiteral("a positional argument follows a named one"));
            node.arguments.push_back(expression());
        }
    }
    expectOperator(")");
}

// One or more "|name(…)"; a null node stands for what a block wrote.
ExpressionPointer Parser::filter(ExpressionPointer node)
{
    while (skipOperator("|")) {
        const int line = current().line;
        QByteArray name = expectName();
        while (skipOperator("."))
            name += "." + expectName();
        std::vector<ExpressionPointer> parts;
        parts.push_back(std::move(node));
        node = make(ExpressionKind::Filter, line, std::move(parts), name);
        if (isOperator("("))
            callArguments(*node);
        node = checked(std::move(node));
    }
    return node;
}

ExpressionPointer Parser::test(ExpressionPointer node)
{
    const int line = take().line;
    const bool isNegated = skipName("not");
    QByteArray name = expectName();
    while (skipOperator("."))
        name += "." + expectName();
    std::vector<ExpressionPointer> parts;
    parts.push_back(std::move(node));
    ExpressionPointer made = make(ExpressionKind::Test, line, std::move(parts), name);
    const TokenKind next = current().kind;
    const bool isValue = next == TokenKind::String || next == TokenKind::Integer || next == TokenKind::Float
                         || isOperator("[") || isOperator("{")
                         || (next == TokenKind::Name && !isName("else") && !isName("or") && !isName("and"));
    if (isOperator("("))
        callArguments(*made);
    else if (isName("is"))
        fail(QStringLiteral("two tests cannot follow each other with 'is'"));
    else if (isValue)
        made->arguments.push_back(postfix(primary()));
    made = checked(std::move(made));
    if (!isNegated)
        return made;
    std::vector<ExpressionPointer> negated;
    negated.push_back(std::move(made));
    return make(ExpressionKind::Not, line, std::move(negated));
}

}  // namespace athanor::text::jinja
