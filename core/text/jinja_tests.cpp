// Tests ("is defined") and the functions that every template has. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include <QDateTime>
#include <QHash>

#include <ctime>

namespace athanor::text::jinja {
namespace {

constexpr qint64 kRangeLimit = 100'000;

#define TEST(body) [](Evaluator &, const Value &value, const Arguments &arguments) -> bool { \
        Q_UNUSED(value) Q_UNUSED(arguments) body }

const Value &other(const Arguments &arguments)
{
    if (arguments.positional.size() != 1)
        failWith(QStringLiteral("this test takes one argument"));
    return arguments.positional.front();
}

bool isMultiple(const Value &value, const Value &of)
{
    return equal(binary("%", value, of), Value::integer(0));
}

bool hasCase(const Value &value, bool upper)
{
    const Text text = toText(value);
    const QByteArray lower = changeCase(text, Case::Lower).bytes(), raised = changeCase(text, Case::Upper).bytes();
    return lower != raised && text.bytes() == (upper ? raised : lower);
}

bool isIdentical(const Value &left, const Value &right)
{
    if (left.kind() != right.kind())
        return false;
    return left.object() ? left.object() == right.object() || (left.isString() && equal(left, right)) : equal(left, right);
}

Value range(const Arguments &arguments)
{
    const Bound bound("range()", arguments, {"start", "stop", "step"});
    const bool hasStop = bound.find(1) != nullptr;
    bound.at(0);
    const qint64 start = hasStop ? bound.integer(0, 0) : 0, stop = bound.integer(hasStop ? 1 : 0, 0), step = bound.integer(2, 1);
    if (step == 0)
        failWith(QStringLiteral("range() arg 3 must not be zero"));
    const double length = step > 0 ? (double(stop) - double(start)) / double(step) : (double(start) - double(stop)) / -double(step);
    if (length > double(kRangeLimit))
        failWith(QStringLiteral("Range too big. The sandbox blocks ranges larger than %1.").arg(kRangeLimit), ErrorCode::LimitExceeded);
    Values items;
    spendBytes(qint64(std::max(0.0, length)) * qint64(sizeof(Value)));
    qint64 i = start;
    while (step > 0 ? i < stop : i > stop) {
        items.push_back(Value::integer(i));
        if (__builtin_add_overflow(i, step, &i))
            break;
    }
    return Value::sequence(std::move(items), Kind::Range);
}

Pairs pairsFrom(Evaluator &evaluator, const Arguments &arguments)
{
    Pairs pairs;
    if (arguments.positional.size() > 1)
        failWith(QStringLiteral("dict expected at most 1 argument"));
    for (const Value &source : arguments.positional) {
        if (source.is(Kind::Dict) || source.is(Kind::Namespace)) {
            pairs = source.pairs();
            continue;
        }
        for (const Value &item : evaluator.iterate(source)) {
            const Values parts = evaluator.iterate(item);
            if (parts.size() != 2)
                failWith(QStringLiteral("a mapping is made from pairs"));
            pairs.emplace_back(parts[0], parts[1]);
        }
    }
    for (const auto &[name, value] : arguments.named)
        pairs.emplace_back(Value::string(name, Trust::Template), value);
    return pairs;
}

Value timeNow(Evaluator &evaluator, const Arguments &arguments)
{
    const QByteArray format = Bound("strftime_now()", arguments, {"format"}).text(0).bytes();
    const time_t now = evaluator.options().now ? time_t(evaluator.options().now) : ::time(nullptr);
    tm parts{};
    localtime_r(&now, &parts);
    QByteArray buffer(1024, '\0');
    const size_t length = format.isEmpty() ? 0 : strftime(buffer.data(), size_t(buffer.size()), format.constData(), &parts);
    return Value::string(buffer.left(qsizetype(length)), Trust::Template);
}

Value joiner(const Arguments &arguments)
{
    const Bound bound("joiner()", arguments, {"sep"});
    const Value separator = bound.find(0) ? *bound.find(0) : Value::string(", ", Trust::Template);
    return Value::function("joiner", [separator, used = std::make_shared<bool>(false)](Evaluator &, const Arguments &) {
        return std::exchange(*used, true) ? separator : Value::string(Text());
    });
}

}  // namespace

Test findTest(const QByteArray &name)
{
    static const QHash<QByteArray, Test> table = [] {
        QHash<QByteArray, Test> made{
            {"defined", TEST(return !value.is(Kind::Undefined);)},
            {"undefined", TEST(return value.is(Kind::Undefined);)},
            {"none", TEST(return value.is(Kind::None);)},
            {"string", TEST(return value.isString();)},
            {"mapping", TEST(return value.is(Kind::Dict);)},
            {"iterable", TEST(return value.isString() || value.isSequence() || value.is(Kind::Dict) || value.is(Kind::Undefined) || value.is(Kind::Loop);)},
            {"sequence", TEST(return value.isString() || value.is(Kind::List) || value.is(Kind::Tuple) || value.is(Kind::Range)
                                     || value.is(Kind::Dict) || value.is(Kind::Undefined);)},
            {"number", TEST(return value.isNumber();)},
            {"integer", TEST(return value.is(Kind::Integer);)},
            {"float", TEST(return value.is(Kind::Float);)},
            {"boolean", TEST(return value.is(Kind::Boolean);)},
            {"true", TEST(return value.is(Kind::Boolean) && value.isTrue();)},
            {"false", TEST(return value.is(Kind::Boolean) && !value.isTrue();)},
            {"callable", TEST(return value.is(Kind::Function) || value.is(Kind::Loop);)},
            {"escaped", TEST(return false;)},
            {"even", TEST(return isMultiple(value, Value::integer(2));)},
            {"odd", TEST(return !isMultiple(value, Value::integer(2));)},
            {"divisibleby", TEST(return isMultiple(value, other(arguments));)},
            {"sameas", TEST(return isIdentical(value, other(arguments));)},
            {"in", TEST(return contains(other(arguments), value);)},
            {"lower", TEST(return hasCase(value, false);)},
            {"upper", TEST(return hasCase(value, true);)},
            {"filter", TEST(return findFilter(value.bytes()) != nullptr;)},
            {"test", TEST(return findTest(value.bytes()) != nullptr;)},
        };
        for (const char *same : {"==", "eq", "equalto"})
            made.insert(same, TEST(return equal(value, other(arguments));));
        for (const char *same : {"!=", "ne"})
            made.insert(same, TEST(return !equal(value, other(arguments));));
        for (const char *same : {"<", "lt", "lessthan"})
            made.insert(same, TEST(return compare(value, other(arguments)) < 0;));
        for (const char *same : {"<=", "le"})
            made.insert(same, TEST(return compare(value, other(arguments)) <= 0;));
        for (const char *same : {">", "gt", "greaterthan"})
            made.insert(same, TEST(return compare(value, other(arguments)) > 0;));
        for (const char *same : {">=", "ge"})
            made.insert(same, TEST(return compare(value, other(arguments)) >= 0;));
        return made;
    }();
    return table.value(name, nullptr);
}

#undef TEST

const Value *findGlobal(const QByteArray &name)
{
    static const QHash<QByteArray, Value> table = [] {
        QHash<QByteArray, Value> made;
        const auto add = [&made](const char *key, Callable call) { made.insert(key, Value::function(key, std::move(call))); };
        add("range", [](Evaluator &, const Arguments &arguments) { return range(arguments); });
        add("dict", [](Evaluator &evaluator, const Arguments &arguments) { return Value::dict(pairsFrom(evaluator, arguments)); });
        add("namespace", [](Evaluator &evaluator, const Arguments &arguments) {
            Pairs pairs = pairsFrom(evaluator, arguments);
            for (const auto &pair : pairs) {
                if (pair.first.bytes().startsWith('_'))
                    failWith(QStringLiteral("names that begin with an underscore cannot be set"));
            }
            return evaluator.nameSpace(std::move(pairs));
        });
        add("raise_exception", [](Evaluator &, const Arguments &arguments) -> Value {
            failWith(QString::fromUtf8(toText(Bound("raise_exception()", arguments, {"message"}).at(0)).bytes()));
        });
        add("strftime_now", timeNow);
        add("self", [](Evaluator &, const Arguments &) -> Value { failWith(QStringLiteral("'self' is not callable")); });
        add("joiner", [](Evaluator &, const Arguments &arguments) { return joiner(arguments); });
        return made;
    }();
    const auto found = table.constFind(name);
    return found == table.constEnd() ? nullptr : &found.value();
}

}  // namespace athanor::text::jinja
