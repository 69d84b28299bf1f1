// Expressions. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include <limits>

namespace athanor::text::jinja {

void failUndefined(const Value &value) { failWith(QString::fromUtf8(value.whyUndefined())); }

Value madeText(Text text)
{
    spendBytes(text.size());
    return Value::string(std::move(text));
}

Value Evaluator::evaluate(const Expression &node, const ScopePointer &scope)
{
    if (node.kind == ExpressionKind::Constant)
        return node.constant;
    if (++m_depth > m_options.depth)
        failWith(QStringLiteral("calls stand too deep in each other"), ErrorCode::LimitExceeded);
    spendSteps();
    m_line = node.line;
    Value value = evaluateNode(node, scope);
    --m_depth;
    return value;
}

Value Evaluator::evaluateNode(const Expression &node, const ScopePointer &scope)
{
    const auto child = [&](size_t index) { return evaluate(*node.children[index], scope); };
    switch (node.kind) {
    case ExpressionKind::Name:
        return lookUp(node.name, scope);
    case ExpressionKind::Attribute:
        return attribute(child(0), node.name);
    case ExpressionKind::Item:
        if (node.children[1]->kind == ExpressionKind::Slice)
            return slice(child(0), *node.children[1], scope);
        return item(child(0), child(1));
    case ExpressionKind::Call: {
        const Value function = child(0);
        return call(function, arguments(node, scope));
    }
    case ExpressionKind::Filter: {
        const Value input = node.children[0] ? child(0) : lookUp(" block", scope);
        const Arguments given = arguments(node, scope);
        m_line = node.line;
        return applyFilter(node.name, input, given);
    }
    case ExpressionKind::Test: {
        const Value value = child(0);
        return Value::boolean(applyTest(node.name, value, arguments(node, scope)));
    }
    case ExpressionKind::Not:
        return Value::boolean(!child(0).isTrue());
    case ExpressionKind::And:
    case ExpressionKind::Or: {
        Value left = child(0);
        return left.isTrue() == (node.kind == ExpressionKind::Or) ? left : child(1);
    }
    case ExpressionKind::Condition:
        if (child(0).isTrue())
            return child(1);
        return node.children[2] ? child(2)
                                : Value::undefined("the inline if-expression evaluated to false and no else section was defined.");
    case ExpressionKind::Negative:
    case ExpressionKind::Positive: {
        const Value value = child(0);
        if (!value.isNumber())
            return binary("-", Value::integer(0), value);  // says what is wrong with it
        return node.kind == ExpressionKind::Positive ? binary("+", Value::integer(0), value)
               : value.is(Kind::Float)               ? Value::real(-value.real())
                                                     : binary("-", Value::integer(0), value);
    }
    case ExpressionKind::Compare:
        return Value::boolean(compareChain(node, scope));
    case ExpressionKind::Binary: {
        const Value left = child(0);
        const Value right = child(1);
        m_line = node.line;
        return binary(node.name, left, right);
    }
    default:
        return evaluateContainer(node, scope);
    }
}

Value Evaluator::evaluateContainer(const Expression &node, const ScopePointer &scope)
{
    Values items;
    for (const ExpressionPointer &child : node.children)
        items.push_back(child ? evaluate(*child, scope) : Value::none());
    if (node.kind == ExpressionKind::Concat) {
        Text text;
        for (const Value &item : items)
            text.append(toText(item));
        return madeText(std::move(text));
    }
    spendBytes(static_cast<qint64>(items.size() * sizeof(Value)));
    if (node.kind == ExpressionKind::Dict) {
        Pairs pairs;
        for (size_t i = 0; i + 1 < items.size(); i += 2)
            pairs.emplace_back(items[i], items[i + 1]);
        return Value::dict(std::move(pairs));
    }
    return Value::sequence(std::move(items), node.kind == ExpressionKind::List ? Kind::List : Kind::Tuple);
}

Value Evaluator::lookUp(const QByteArray &name, const ScopePointer &scope) const
{
    for (const Scope *inner = scope.get(); inner; inner = inner->parent.get()) {
        if (const Value *value = inner->find(name))
            return *value;
    }
    const Value *global = findGlobal(name);
    return global ? *global : Value::undefined("'" + name + "' is undefined");
}

Arguments Evaluator::arguments(const Expression &node, const ScopePointer &scope)
{
    Arguments result;
    for (const ExpressionPointer &argument : node.arguments)
        result.positional.push_back(evaluate(*argument, scope));
    if (node.star) {
        for (Value &value : iterate(evaluate(*node.star, scope)))
            result.positional.push_back(std::move(value));
    }
    for (const auto &[name, argument] : node.named)
        result.named.emplace_back(name, evaluate(*argument, scope));
    if (node.starStar) {
        const Value further = evaluate(*node.starStar, scope);
        if (!further.is(Kind::Dict))
            failWith(QStringLiteral("what follows ** must be a mapping"));
        for (const auto &[key, value] : further.pairs())
            result.named.emplace_back(key.bytes(), value);
    }
    return result;
}

Value Evaluator::call(const Value &function, const Arguments &arguments)
{
    if (function.is(Kind::Undefined))
        failUndefined(function);
    spendSteps();
    if (function.is(Kind::Loop)) {
        const Value recurse = static_cast<const LoopObject *>(function.object().get())->recurse;
        if (!recurse.callable())
            failWith(QStringLiteral("this loop is not recursive"));
        return (*recurse.callable())(*this, arguments);
    }
    if (!function.callable())
        failWith(QStringLiteral("'%1' object is not callable").arg(QString::fromUtf8(function.typeName())));
    const Value held = function;  // lives while it runs, whatever it does to its own name
    return (*held.callable())(*this, arguments);
}

bool Evaluator::compareChain(const Expression &node, const ScopePointer &scope)
{
    Value left = evaluate(*node.children[0], scope);
    for (size_t i = 0; i < node.operators.size(); ++i) {
        Value right = evaluate(*node.children[i + 1], scope);
        const QByteArray &sign = node.operators[i];
        m_line = node.line;
        bool holds = false;
        if (sign == "in" || sign == "not in")
            holds = contains(right, left) == (sign == "in");
        else if (sign == "==" || sign == "!=")
            holds = equal(left, right) == (sign == "==");
        else if (sign == "<" || sign == "<=")
            holds = sign == "<" ? compare(left, right) < 0 : compare(left, right) <= 0;
        else
            holds = sign == ">" ? compare(left, right) > 0 : compare(left, right) >= 0;
        if (!holds)
            return false;
        left = std::move(right);
    }
    return true;
}

// Python's slices: parts left out or none, negative counts from the end, any step but zero.
Value Evaluator::slice(const Value &value, const Expression &node, const ScopePointer &scope)
{
    const auto part = [&](size_t index, qint64 fallback) {
        const Value given = node.children[index] ? evaluate(*node.children[index], scope) : Value::none();
        if (given.is(Kind::None))
            return fallback;
        if (!given.isIntegral())
            failWith(QStringLiteral("slice indices must be integers or None"));
        return given.integer();
    };
    if (value.is(Kind::Undefined))
        failUndefined(value);
    const bool isText = value.isString();
    if (!isText && !value.is(Kind::List) && !value.is(Kind::Tuple) && !value.is(Kind::Range))
        return Value::undefined(value.typeName() + " object has no such element");
    const std::vector<qsizetype> offsets = isText ? characterOffsets(value.bytes()) : std::vector<qsizetype>();
    const auto length = static_cast<qint64>(isText ? offsets.size() - 1 : value.items().size());
    constexpr qint64 kFar = std::numeric_limits<qint64>::max() / 4;
    const qint64 step = std::clamp(part(2, 1), -kFar, kFar);
    if (step == 0)
        failWith(QStringLiteral("slice step cannot be zero"));
    const qint64 lowest = step > 0 ? 0 : -1, highest = step > 0 ? length : length - 1;
    constexpr qint64 kMissing = std::numeric_limits<qint64>::min();
    const auto bounded = [&](qint64 index, qint64 fallback) {
        return index == kMissing ? fallback : std::clamp(index < 0 ? index + length : index, lowest, highest);
    };
    const qint64 start = bounded(part(0, kMissing), step > 0 ? lowest : highest);
    const qint64 stop = bounded(part(1, kMissing), step > 0 ? highest : lowest);
    if (isText && step == 1)
        return madeText(value.text().slice(offsets[size_t(start)], offsets[size_t(std::max(start, stop))]));
    Text text;
    Values items;
    for (qint64 i = start; step > 0 ? i < stop : i > stop; i += step) {
        if (isText)
            text.append(value.text().slice(offsets[size_t(i)], offsets[size_t(i) + 1]));
        else
            items.push_back(value.items()[size_t(i)]);
        if (std::abs(step) > length)
            break;
    }
    if (isText)
        return madeText(std::move(text));
    spendBytes(static_cast<qint64>(items.size() * sizeof(Value)));
    return Value::sequence(std::move(items), value.kind());
}

}  // namespace athanor::text::jinja
