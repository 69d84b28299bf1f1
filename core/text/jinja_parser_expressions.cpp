// Expressions. See jinja_parser.h.
#include "core/text/jinja_parser.h"

#include <cstdlib>

namespace athanor::text::jinja {
namespace {

constexpr int kTreeLimit = 400;
constexpr int kNestingLimit = 60;

}  // namespace

ExpressionPointer Parser::make(ExpressionKind kind, int line, std::vector<ExpressionPointer> children, const QByteArray &name)
{
    auto node = std::make_unique<Expression>();
    node->kind = kind;
    node->line = line;
    node->name = name;
    node->children = std::move(children);
    return checked(std::move(node));
}

// Keeps trees shallow, so that neither running nor freeing them can use up the stack.
ExpressionPointer Parser::checked(ExpressionPointer node) const
{
    int depth = 0;
    const auto add = [&](const ExpressionPointer &child) {
        if (child)
            depth = std::max(depth, child->depth);
    };
    for (const ExpressionPointer &child : node->children)
        add(child);
    for (const ExpressionPointer &child : node->arguments)
        add(child);
    for (const auto &[name, child] : node->named)
        add(child);
    add(node->star);
    add(node->starStar);
    node->depth = depth + 1;
    if (node->depth > kTreeLimit)
        fail(QStringLiteral("an expression is more than %1 steps deep").arg(kTreeLimit));
    return node;
}

ExpressionPointer Parser::tuple(bool withCondition, const char *endName, bool explicitParentheses)
{
    const int line = current().line;
    std::vector<ExpressionPointer> items;
    bool isTuple = false;
    for (;;) {
        const bool atEnd = current().kind == TokenKind::VariableEnd || current().kind == TokenKind::BlockEnd
                           || isOperator(")") || (endName && isName(endName));
        if (atEnd)
            break;
        items.push_back(expression(withCondition));
        if (!skipOperator(","))
            break;
        isTuple = true;
    }
    if (!isTuple && !items.empty())
        return std::move(items.front());
    if (!isTuple && !explicitParentheses)
        fail(QStringLiteral("expected an expression, got %1").arg(described()));
    return make(ExpressionKind::Tuple, line, std::move(items));
}

ExpressionPointer Parser::expression(bool withCondition)
{
    if (++m_nesting > kNestingLimit)
        fail(QStringLiteral("brackets stand more than %1 deep in each other").arg(kNestingLimit));
    ExpressionPointer node = withCondition ? condition() : orExpression();
    --m_nesting;
    return node;
}

ExpressionPointer Parser::condition()
{
    ExpressionPointer node = orExpression();
    while (isName("if")) {
        const int line = take().line;
        std::vector<ExpressionPointer> parts;
        parts.push_back(orExpression());
        parts.push_back(std::move(node));
        parts.push_back(skipName("else") ? expression() : nullptr);
        node = make(ExpressionKind::Condition, line, std::move(parts));
    }
    return node;
}

static std::vector<ExpressionPointer> two(ExpressionPointer left, ExpressionPointer right)
{
    std::vector<ExpressionPointer> parts;
    parts.push_back(std::move(left));
    if (right)
        parts.push_back(std::move(right));
    return parts;
}

ExpressionPointer Parser::orExpression()
{
    ExpressionPointer node = andExpression();
    while (isName("or")) {
        const int line = take().line;
        node = make(ExpressionKind::Or, line, two(std::move(node), andExpression()));
    }
    return node;
}

ExpressionPointer Parser::andExpression()
{
    ExpressionPointer node = notExpression();
    while (isName("and")) {
        const int line = take().line;
        node = make(ExpressionKind::And, line, two(std::move(node), notExpression()));
    }
    return node;
}

ExpressionPointer Parser::notExpression()
{
    const int line = current().line;
    bool any = false, negated = false;
    while (skipName("not")) {
        any = true;
        negated = !negated;
    }
    ExpressionPointer node = comparison();
    if (!any)
        return node;
    node = make(ExpressionKind::Not, line, two(std::move(node), nullptr));
    return negated ? std::move(node) : make(ExpressionKind::Not, line, two(std::move(node), nullptr));
}

ExpressionPointer Parser::comparison()
{
    const int line = current().line;
    std::vector<ExpressionPointer> parts;
    std::vector<QByteArray> operators;
    parts.push_back(sum());
    for (;;) {
        const Token &token = current();
        const bool isNotIn = isName("not") && look(1).kind == TokenKind::Name && look(1).value == "in";
        const bool isSign = token.kind == TokenKind::Operator
                            && (token.value == "==" || token.value == "!=" || token.value == "<" || token.value == "<="
                                || token.value == ">" || token.value == ">=");
        if (!isNotIn && !isSign && !isName("in"))
            break;
        operators.push_back(isNotIn ? QByteArray("not in") : token.value);
        take();
        if (isNotIn)
            take();
        parts.push_back(sum());
    }
    if (operators.empty())
        return std::move(parts.front());
    ExpressionPointer node = make(ExpressionKind::Compare, line, std::move(parts));
    node->operators = std::move(operators);
    return node;
}

ExpressionPointer Parser::sum()
{
    ExpressionPointer node = concatenation();
    while (isOperator("+") || isOperator("-")) {
        const Token sign = take();
        node = make(ExpressionKind::Binary, sign.line, two(std::move(node), concatenation()), sign.value);
    }
    return node;
}

ExpressionPointer Parser::concatenation()
{
    const int line = current().line;
    std::vector<ExpressionPointer> parts;
    parts.push_back(product());
    while (skipOperator("~"))
        parts.push_back(product());
    return parts.size() == 1 ? std::move(parts.front()) : make(ExpressionKind::Concat, line, std::move(parts));
}

ExpressionPointer Parser::product()
{
    ExpressionPointer node = power();
    while (isOperator("*") || isOperator("/") || isOperator("//") || isOperator("%")) {
        const Token sign = take();
        node = make(ExpressionKind::Binary, sign.line, two(std::move(node), power()), sign.value);
    }
    return node;
}

ExpressionPointer Parser::power()
{
    ExpressionPointer node = unary();
    while (isOperator("**")) {
        const Token sign = take();
        node = make(ExpressionKind::Binary, sign.line, two(std::move(node), unary()), sign.value);
    }
    return node;
}

ExpressionPointer Parser::unary(bool withFilter)
{
    const int line = current().line;
    ExpressionPointer node;
    if (isOperator("-") || isOperator("+")) {
        const bool isMinus = take().value == "-";
        if (++m_nesting > kNestingLimit)
            fail(QStringLiteral("too many signs in a row"));
        node = make(isMinus ? ExpressionKind::Negative : ExpressionKind::Positive, line, two(unary(false), nullptr));
        --m_nesting;
    } else {
        node = primary();
    }
    node = postfix(std::move(node));
    return withFilter ? filtered(std::move(node)) : std::move(node);
}

ExpressionPointer Parser::nameOrConstant()
{
    const Token token = take();
    ExpressionPointer node = make(ExpressionKind::Constant, token.line, {}, token.value);
    if (token.value == "true" || token.value == "True" || token.value == "false" || token.value == "False") {
        node->constant = Value::boolean(token.value[0] == 't' || token.value[0] == 'T');
    } else if (token.value == "none" || token.value == "None") {
        node->constant = Value::none();
    } else {
        node->kind = ExpressionKind::Name;
        if (!m_macros.empty()) {
            m_macros.back()->takesMore |= token.value == "varargs";
            m_macros.back()->takesNamed |= token.value == "kwargs";
        }
    }
    return node;
}

ExpressionPointer Parser::primary()
{
    const Token token = current();
    if (token.kind == TokenKind::Name)
        return nameOrConstant();
    ExpressionPointer node = make(ExpressionKind::Constant, token.line);
    if (token.kind == TokenKind::String) {
        QByteArray text;
        while (current().kind == TokenKind::String)
            text += take().value;
        node->constant = Value::string(text, Trust::Template);
    } else if (token.kind == TokenKind::Integer) {
        const QByteArray digits = take().value;
        const bool hasPrefix = digits.size() > 1 && (digits[1] | 0x20) > '9';
        const int base = !hasPrefix ? 10 : (digits[1] | 0x20) == 'x' ? 16 : (digits[1] | 0x20) == 'o' ? 8 : 2;
        bool ok = false;
        node->constant = Value::integer(digits.mid(hasPrefix ? 2 : 0).toLongLong(&ok, base));
        if (!ok)
            fail(QStringLiteral("the number %1 is too large").arg(QString::fromUtf8(digits)));
    } else if (token.kind == TokenKind::Float) {
        node->constant = Value::real(std::strtod(take().value.constData(), nullptr));
    } else if (isOperator("(")) {
        take();
        node = tuple(true, nullptr, true);
        expectOperator(")");
    } else if (isOperator("[")) {
        node = listLiteral();
    } else if (isOperator("{")) {
        node = dictLiteral();
    } else {
        fail(QStringLiteral("unexpected %1").arg(described()));
    }
    return node;
}

}  // namespace athanor::text::jinja
