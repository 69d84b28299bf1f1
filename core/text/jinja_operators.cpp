// Operators, attributes, elements, iteration. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include <cmath>

namespace athanor::text::jinja {
namespace {

[[noreturn]] void failOperands(const QByteArray &sign, const Value &left, const Value &right)
{
    for (const Value *side : {&left, &right}) {
        if (side->is(Kind::Undefined))
            failUndefined(*side);
    }
    failWith(QStringLiteral("unsupported operand type(s) for %1: '%2' and '%3'")
                 .arg(QString::fromUtf8(sign), QString::fromUtf8(left.typeName()), QString::fromUtf8(right.typeName())));
}

[[noreturn]] void failTooLarge() { failWith(QStringLiteral("a number becomes too large"), ErrorCode::LimitExceeded); }
[[noreturn]] void failZero() { failWith(QStringLiteral("division by zero")); }

Value repeated(const Value &value, qint64 count)
{
    count = std::max<qint64>(count, 0);
    const qint64 unit = value.isString() ? value.text().size() : qint64(value.items().size() * sizeof(Value));
    if (unit > 0 && count > std::numeric_limits<qint64>::max() / unit)
        failTooLarge();
    spendBytes(unit * count);
    if (unit == 0)
        count = 0;
    spendSteps(count);
    Text text;
    Values items;
    for (qint64 i = 0; i < count; ++i) {
        if (value.isString())
            text.append(value.text());
        else
            items.insert(items.end(), value.items().begin(), value.items().end());
    }
    return value.isString() ? Value::string(std::move(text)) : Value::sequence(std::move(items), value.kind());
}

Value power(qint64 base, qint64 exponent)
{
    if (exponent < 0)
        return Value::real(std::pow(double(base), double(exponent)));
    qint64 result = 1;
    while (exponent > 0) {
        if ((exponent & 1) && __builtin_mul_overflow(result, base, &result))
            failTooLarge();
        exponent >>= 1;
        if (exponent > 0 && __builtin_mul_overflow(base, base, &base))
            failTooLarge();
    }
    return Value::integer(result);
}

Value integers(const QByteArray &sign, qint64 left, qint64 right)
{
    qint64 result = 0;
    bool overflows = false;
    if (sign == "+") {
        overflows = __builtin_add_overflow(left, right, &result);
    } else if (sign == "-") {
        overflows = __builtin_sub_overflow(left, right, &result);
    } else if (sign == "*") {
        overflows = __builtin_mul_overflow(left, right, &result);
    } else if (sign == "**") {
        return power(left, right);
    } else if (right == 0) {
        failZero();
    } else if (sign == "/") {
        return Value::real(double(left) / double(right));
    } else if (right == -1) {
        overflows = sign == "//" && __builtin_sub_overflow(qint64(0), left, &result);
    } else {
        const qint64 quotient = left / right, rest = left % right;
        const bool isBelow = rest != 0 && (rest < 0) != (right < 0);
        result = sign == "//" ? quotient - (isBelow ? 1 : 0) : rest + (isBelow ? right : 0);
    }
    if (overflows)
        failTooLarge();
    return Value::integer(result);
}

Value reals(const QByteArray &sign, double left, double right)
{
    if (sign == "+")
        return Value::real(left + right);
    if (sign == "-")
        return Value::real(left - right);
    if (sign == "*")
        return Value::real(left * right);
    if (sign == "**")
        return Value::real(std::pow(left, right));
    if (right == 0)
        failZero();
    if (sign == "/")
        return Value::real(left / right);
    const double rest = std::fmod(left, right);
    const double modulo = rest != 0 && (rest < 0) != (right < 0) ? rest + right : rest;
    return Value::real(sign == "%" ? modulo : std::floor((left - modulo) / right + 0.5));
}

Value loopAttribute(const Value &value, const QByteArray &name)
{
    const auto *loop = static_cast<const LoopObject *>(value.object().get());
    const auto index = static_cast<qint64>(loop->index), length = static_cast<qint64>(loop->items.size());
    if (name == "index" || name == "index0")
        return Value::integer(name == "index" ? index + 1 : index);
    if (name == "revindex" || name == "revindex0")
        return Value::integer(name == "revindex" ? length - index : length - index - 1);
    if (name == "first" || name == "last")
        return Value::boolean(name == "first" ? index == 0 : index + 1 == length);
    if (name == "length")
        return Value::integer(length);
    if (name == "depth" || name == "depth0")
        return Value::integer(name == "depth" ? loop->depth0 + 1 : loop->depth0);
    if (name == "previtem")
        return index > 0 ? loop->items[size_t(index - 1)] : Value::undefined("there is no previous item");
    if (name == "nextitem")
        return index + 1 < length ? loop->items[size_t(index + 1)] : Value::undefined("there is no next item");
    if (name == "cycle")
        return Value::function(name, [index](Evaluator &, const Arguments &arguments) {
            if (arguments.positional.empty())
                failWith(QStringLiteral("no items for cycling given"));
            return arguments.positional[size_t(index) % arguments.positional.size()];
        });
    if (name == "changed")
        return Value::function(name, [object = value.object()](Evaluator &, const Arguments &arguments) {
            auto *held = static_cast<LoopObject *>(object.get());
            const Value now = Value::sequence(arguments.positional, Kind::Tuple);
            const bool changed = !held->hasChanged || !equal(now, Value::sequence(held->lastChanged, Kind::Tuple));
            held->hasChanged = true;
            held->lastChanged = arguments.positional;
            return Value::boolean(changed);
        });
    return Value::undefined("'LoopContext object' has no attribute '" + name + "'");
}

Value missing(const Value &value, const QByteArray &name)
{
    const QByteArray owner = value.is(Kind::None) ? QByteArray("'None'") : "'" + value.typeName() + " object'";
    return Value::undefined(owner + " has no attribute '" + name + "'");
}

}  // namespace

Value binary(const QByteArray &sign, const Value &left, const Value &right)
{
    if (left.isIntegral() && right.isIntegral())
        return integers(sign, left.integer(), right.integer());
    if (left.isNumber() && right.isNumber())
        return reals(sign, left.real(), right.real());
    if (sign == "+" && left.isString() && right.isString()) {
        Text text = left.text();
        text.append(right.text());
        return madeText(std::move(text));
    }
    const bool areSame = left.kind() == right.kind() && (left.is(Kind::List) || left.is(Kind::Tuple));
    if (sign == "+" && areSame) {
        Values items = left.items();
        items.insert(items.end(), right.items().begin(), right.items().end());
        spendBytes(qint64(items.size() * sizeof(Value)));
        return Value::sequence(std::move(items), left.kind());
    }
    const auto repeats = [](const Value &value) { return value.isString() || value.is(Kind::List) || value.is(Kind::Tuple); };
    if (sign == "*" && repeats(left) && right.isIntegral())
        return repeated(left, right.integer());
    if (sign == "*" && repeats(right) && left.isIntegral())
        return repeated(right, left.integer());
    if (sign == "%" && left.isString())
        return madeText(formatted(left.text(), right.is(Kind::Tuple) ? right.items() : Values{right}));
    failOperands(sign, left, right);
}

bool contains(const Value &container, const Value &item)
{
    if (container.isString()) {
        if (!item.isString())
            failWith(QStringLiteral("'in <string>' requires string as left operand, not %1").arg(QString::fromUtf8(item.typeName())));
        return container.bytes().contains(item.bytes());
    }
    if (container.is(Kind::Dict))
        return container.find(item) != nullptr;
    if (!container.isSequence() && !container.is(Kind::Undefined))
        failWith(QStringLiteral("argument of type '%1' is not iterable").arg(QString::fromUtf8(container.typeName())));
    const bool found = std::any_of(container.items().begin(), container.items().end(),
                                   [&](const Value &candidate) { return equal(candidate, item); });
    if (container.is(Kind::Generator))
        container.clearItems();
    return found;
}

// As Python's getattr first and the element of that name second.
Value Evaluator::attribute(const Value &value, const QByteArray &name)
{
    if (value.is(Kind::Undefined))
        failUndefined(value);
    if (value.is(Kind::Loop))
        return loopAttribute(value, name);
    if (const Method method = findMethod(value, name))
        return Value::function(name, [method, value](Evaluator &evaluator, const Arguments &arguments) {
            return method(evaluator, value, arguments);
        });
    if (const Value *found = value.find(QByteArrayView(name)))
        return *found;
    if (value.is(Kind::Tuple) && value.items().size() == 2 && (name == "grouper" || name == "list"))
        return value.items()[name == "list" ? 1 : 0];
    return missing(value, name);
}

Value Evaluator::item(const Value &value, const Value &key)
{
    if (value.is(Kind::Undefined))
        failUndefined(value);
    if (value.is(Kind::Dict)) {
        if (const Value *found = value.find(key))
            return *found;
    }
    const bool isIndexed = value.isString() || value.is(Kind::List) || value.is(Kind::Tuple) || value.is(Kind::Range);
    if (isIndexed && key.isIntegral()) {
        const std::vector<qsizetype> offsets = value.isString() ? characterOffsets(value.bytes()) : std::vector<qsizetype>();
        const auto length = static_cast<qint64>(value.isString() ? offsets.size() - 1 : value.items().size());
        const qint64 index = key.integer() < 0 ? key.integer() + length : key.integer();
        if (index < 0 || index >= length)
            return Value::undefined(value.typeName() + " object has no element " + QByteArray::number(key.integer()));
        if (!value.isString())
            return value.items()[size_t(index)];
        return Value::string(value.text().slice(offsets[size_t(index)], offsets[size_t(index) + 1]));
    }
    if (key.isString())
        return attribute(value, key.bytes());
    return Value::undefined("'" + value.typeName() + " object' has no such element");
}

Value Evaluator::path(Value value, const Value &path)
{
    if (path.is(Kind::None))
        return value;
    if (!path.isString())
        return item(value, path);
    for (const QByteArray &part : path.bytes().split('.')) {
        bool isNumber = false;
        const qint64 index = part.toLongLong(&isNumber);
        value = item(value, isNumber ? Value::integer(index) : Value::string(part, Trust::Template));
    }
    return value;
}

Values Evaluator::iterate(const Value &value)
{
    Values items;
    if (value.isString()) {
        const std::vector<qsizetype> offsets = characterOffsets(value.bytes());
        spendBytes(qint64(offsets.size() * sizeof(Value)));
        for (size_t i = 0; i + 1 < offsets.size(); ++i)
            items.push_back(Value::string(value.text().slice(offsets[i], offsets[i + 1])));
    } else if (value.is(Kind::Dict)) {
        for (const auto &pair : value.pairs())
            items.push_back(pair.first);
    } else if (value.isSequence()) {
        items = value.items();
        if (value.is(Kind::Generator))
            value.clearItems();
    } else if (value.is(Kind::Loop)) {
        failWith(QStringLiteral("a loop cannot be read by another"));
    } else if (!value.is(Kind::Undefined)) {
        failWith(QStringLiteral("'%1' object is not iterable").arg(QString::fromUtf8(value.typeName())));
    }
    spendSteps(static_cast<qint64>(items.size()));
    return items;
}

}  // namespace athanor::text::jinja
