// Filters on sequences and mappings. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include <QHash>

#include <algorithm>

namespace athanor::text::jinja {
namespace {

#define FILTER(body) [](Evaluator &evaluator, const Value &self, const Arguments &arguments) -> Value { \
        Q_UNUSED(evaluator) Q_UNUSED(self) Q_UNUSED(arguments) body }

Value folded(const Value &value, bool caseSensitive)
{
    return value.isString() && !caseSensitive ? Value::string(changeCase(value.text(), Case::Lower)) : value;
}

Value keyOf(Evaluator &evaluator, const Value &value, const Value *attribute, bool caseSensitive)
{
    return folded(attribute ? evaluator.path(value, *attribute) : value, caseSensitive);
}

// Stable, as Python's sorted(); equal keys keep their order when it is reversed too.
void sortBy(std::vector<std::pair<Value, Value>> &keyed, bool reversed)
{
    spendSteps(qint64(keyed.size()) * 16);
    std::stable_sort(keyed.begin(), keyed.end(), [reversed](const auto &left, const auto &right) {
        return reversed ? compare(left.first, right.first) > 0 : compare(left.first, right.first) < 0;
    });
}

Value sorted(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    const Bound bound("sort", arguments, {"reverse", "case_sensitive", "attribute"});
    std::vector<std::pair<Value, Value>> keyed;
    for (Value &item : evaluator.iterate(self)) {
        Value key = keyOf(evaluator, item, bound.find(2), bound.flag(1, false));
        keyed.emplace_back(std::move(key), std::move(item));
    }
    sortBy(keyed, bound.flag(0, false));
    Values items;
    for (auto &pair : keyed)
        items.push_back(std::move(pair.second));
    return Value::sequence(std::move(items));
}

Value sortedPairs(const Value &self, const Arguments &arguments)
{
    const Bound bound("dictsort", arguments, {"case_sensitive", "by", "reverse"});
    if (!self.is(Kind::Dict))
        failWith(QStringLiteral("dictsort needs a mapping, not %1").arg(QString::fromUtf8(self.typeName())));
    const QByteArray by = bound.find(1) ? bound.text(1).bytes() : QByteArray("key");
    if (by != "key" && by != "value")
        failWith(QStringLiteral("You can only sort by either \"key\" or \"value\""));
    std::vector<std::pair<Value, Value>> keyed;
    for (const auto &[key, value] : self.pairs())
        keyed.emplace_back(folded(by == "key" ? key : value, bound.flag(0, false)), Value::sequence({key, value}, Kind::Tuple));
    sortBy(keyed, bound.flag(2, false));
    Values items;
    for (auto &pair : keyed)
        items.push_back(std::move(pair.second));
    return Value::sequence(std::move(items));
}

Value unique(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    const Bound bound("unique", arguments, {"case_sensitive", "attribute"});
    Values seen, items;
    for (Value &item : evaluator.iterate(self)) {
        Value key = keyOf(evaluator, item, bound.find(1), bound.flag(0, false));
        if (std::any_of(seen.begin(), seen.end(), [&](const Value &known) { return equal(known, key); }))
            continue;
        seen.push_back(std::move(key));
        items.push_back(std::move(item));
    }
    return Value::sequence(std::move(items), Kind::Generator);
}

Value extreme(Evaluator &evaluator, const Value &self, const Arguments &arguments, bool largest)
{
    const Bound bound("min", arguments, {"case_sensitive", "attribute"});
    const Values items = evaluator.iterate(self);
    if (items.empty())
        return Value::undefined("No aggregated item, sequence was empty.");
    size_t best = 0;
    Value bestKey = keyOf(evaluator, items[0], bound.find(1), bound.flag(0, false));
    for (size_t i = 1; i < items.size(); ++i) {
        Value key = keyOf(evaluator, items[i], bound.find(1), bound.flag(0, false));
        const int order = compare(key, bestKey);
        if (largest ? order > 0 : order < 0) {
            best = i;
            bestKey = std::move(key);
        }
    }
    return items[best];
}

Value summed(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    const Bound bound("sum", arguments, {"attribute", "start"});
    Value total = bound.find(1) ? *bound.find(1) : Value::integer(0);
    for (const Value &item : evaluator.iterate(self))
        total = binary("+", total, bound.find(0) ? evaluator.path(item, *bound.find(0)) : item);
    return total;
}

Value reversed(Evaluator &evaluator, const Value &self)
{
    if (self.isString()) {
        const std::vector<qsizetype> offsets = characterOffsets(self.bytes());
        Text text;
        for (size_t i = offsets.size() - 1; i > 0; --i)
            text.append(self.text().slice(offsets[i - 1], offsets[i]));
        return madeText(std::move(text));
    }
    Values items = evaluator.iterate(self);
    std::reverse(items.begin(), items.end());
    return Value::sequence(std::move(items), Kind::Generator);
}

// map('filter', …) or map(attribute='a.b', default=…)
Value mapped(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    Values items = evaluator.iterate(self);
    if (arguments.positional.empty()) {
        const Bound bound("map", arguments, {"attribute", "default"});
        for (Value &item : items) {
            item = evaluator.path(item, bound.at(0));
            if (item.is(Kind::Undefined) && bound.find(1))
                item = *bound.find(1);
        }
        return Value::sequence(std::move(items), Kind::Generator);
    }
    Arguments rest = arguments;
    const QByteArray name = rest.positional.front().bytes();
    rest.positional.erase(rest.positional.begin());
    for (Value &item : items)
        item = evaluator.applyFilter(name, item, rest);
    return Value::sequence(std::move(items), Kind::Generator);
}

Value selected(Evaluator &evaluator, const Value &self, const Arguments &arguments, bool keeps, bool byAttribute)
{
    Arguments rest = arguments;
    Value attribute = Value::none();
    if (byAttribute) {
        if (rest.positional.empty())
            failWith(QStringLiteral("Missing parameter for attribute name"));
        attribute = rest.positional.front();
        rest.positional.erase(rest.positional.begin());
    }
    QByteArray test;
    if (!rest.positional.empty()) {
        test = rest.positional.front().bytes();
        rest.positional.erase(rest.positional.begin());
    }
    Values items;
    for (Value &item : evaluator.iterate(self)) {
        const Value value = byAttribute ? evaluator.path(item, attribute) : item;
        const bool holds = test.isEmpty() ? value.isTrue() : evaluator.applyTest(test, value, rest);
        if (holds == keeps)
            items.push_back(std::move(item));
    }
    return Value::sequence(std::move(items), Kind::Generator);
}

Value grouped(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    const Bound bound("groupby", arguments, {"attribute", "default", "case_sensitive"});
    std::vector<std::pair<Value, Value>> keyed;
    for (Value &item : evaluator.iterate(self)) {
        Value key = evaluator.path(item, bound.at(0));
        if (key.is(Kind::Undefined) && bound.find(1))
            key = *bound.find(1);
        keyed.emplace_back(folded(key, bound.flag(2, false)), Value::sequence({key, item}, Kind::Tuple));
    }
    sortBy(keyed, false);
    Values groups;
    for (size_t i = 0; i < keyed.size();) {
        Values members;
        size_t end = i;
        for (; end < keyed.size() && equal(keyed[end].first, keyed[i].first); ++end)
            members.push_back(keyed[end].second.items()[1]);
        groups.push_back(Value::sequence({keyed[i].second.items()[0], Value::sequence(std::move(members))}, Kind::Tuple));
        i = end;
    }
    return Value::sequence(std::move(groups));
}

Value batched(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    const Bound bound("batch", arguments, {"linecount", "fill_with"});
    const qint64 length = bound.integer(0, 0);
    if (length < 1)
        failWith(QStringLiteral("batch needs a number above zero"));
    Values rows, row;
    for (Value &item : evaluator.iterate(self)) {
        row.push_back(std::move(item));
        if (qint64(row.size()) == length)
            rows.push_back(Value::sequence(std::exchange(row, {})));
    }
    if (!row.empty()) {
        spendBytes(length * qint64(sizeof(Value)));
        if (bound.find(1) && !bound.find(1)->is(Kind::None))
            row.resize(size_t(length), *bound.find(1));
        rows.push_back(Value::sequence(std::move(row)));
    }
    return Value::sequence(std::move(rows), Kind::Generator);
}

Value firstOrLast(Evaluator &evaluator, const Value &self, bool last)
{
    const Values items = evaluator.iterate(self);
    if (last && self.is(Kind::Generator))
        failWith(QStringLiteral("'generator' object is not reversible"));
    if (items.empty())
        return Value::undefined("No first item, sequence was empty.");
    return last ? items.back() : items.front();
}

}  // namespace

Method findSequenceFilter(const QByteArray &name)
{
    static const QHash<QByteArray, Method> table{
        {"list", FILTER(return Value::sequence(evaluator.iterate(self));)},
        {"first", FILTER(return firstOrLast(evaluator, self, false);)},
        {"last", FILTER(return firstOrLast(evaluator, self, true);)},
        {"map", FILTER(return mapped(evaluator, self, arguments);)},
        {"select", FILTER(return selected(evaluator, self, arguments, true, false);)},
        {"reject", FILTER(return selected(evaluator, self, arguments, false, false);)},
        {"selectattr", FILTER(return selected(evaluator, self, arguments, true, true);)},
        {"rejectattr", FILTER(return selected(evaluator, self, arguments, false, true);)},
        {"sort", FILTER(return sorted(evaluator, self, arguments);)},
        {"dictsort", FILTER(return sortedPairs(self, arguments);)},
        {"unique", FILTER(return unique(evaluator, self, arguments);)},
        {"min", FILTER(return extreme(evaluator, self, arguments, false);)},
        {"max", FILTER(return extreme(evaluator, self, arguments, true);)},
        {"sum", FILTER(return summed(evaluator, self, arguments);)},
        {"reverse", FILTER(return reversed(evaluator, self);)},
        {"groupby", FILTER(return grouped(evaluator, self, arguments);)},
        {"batch", FILTER(return batched(evaluator, self, arguments);)},
    };
    return table.value(name, nullptr);
}

#undef FILTER

}  // namespace athanor::text::jinja
