// Filters on single values, and the way to all filters. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

#include <QHash>

#include <cmath>
#include <cstdio>

namespace athanor::text::jinja {
namespace {

#define FILTER(body) [](Evaluator &evaluator, const Value &self, const Arguments &arguments) -> Value { \
        Q_UNUSED(evaluator) Q_UNUSED(self) Q_UNUSED(arguments) body }

Value lengthOf(const Value &self)
{
    if (self.isString())
        return Value::integer(qint64(characterOffsets(self.bytes()).size()) - 1);
    if (self.is(Kind::Undefined))
        return Value::integer(0);
    if (self.is(Kind::Dict))
        return Value::integer(qint64(self.pairs().size()));
    if (self.is(Kind::Generator) || (!self.isSequence() && !self.is(Kind::Loop)))
        failWith(QStringLiteral("object of type '%1' has no len()").arg(QString::fromUtf8(self.typeName())));
    if (self.is(Kind::Loop))
        return Value::integer(qint64(static_cast<const LoopObject *>(self.object().get())->items.size()));
    return Value::integer(qint64(self.items().size()));
}

Value fallback(const Value &self, const Arguments &arguments)
{
    const Bound bound("default", arguments, {"default_value", "boolean"});
    if (self.is(Kind::Undefined) || (bound.flag(1, false) && !self.isTrue()))
        return bound.find(0) ? *bound.find(0) : Value::string(Text());
    return self;
}

// Python's int(): white space around, signs and underscores between digits are fine.
bool readInteger(QByteArray text, int base, qint64 &value)
{
    text = text.trimmed().toLower();
    const qsizetype sign = text.startsWith('-') || text.startsWith('+') ? 1 : 0;
    const char *prefix = base == 16 ? "0x" : base == 8 ? "0o" : base == 2 ? "0b" : nullptr;
    if (prefix && QByteArrayView(text).sliced(sign).startsWith(prefix))
        text.remove(sign, 2);
    bool ok = false;
    value = text.replace("_", "").toLongLong(&ok, base);
    return ok;
}

bool readReal(const Value &self, double &value)
{
    if (self.isNumber()) {
        value = self.real();
        return true;
    }
    bool ok = false;
    const QByteArray text = self.bytes().trimmed().toLower();
    if (text == "nan" || text == "inf" || text == "-inf" || text == "infinity") {
        value = text == "nan" ? std::nan("") : text.startsWith('-') ? -INFINITY : INFINITY;
        return true;
    }
    value = self.isString() ? text.toDouble(&ok) : 0;
    return ok;
}

Value toInteger(const Value &self, const Arguments &arguments)
{
    const Bound bound("int", arguments, {"default", "base"});
    if (self.is(Kind::Undefined))
        failUndefined(self);
    const qint64 base = bound.integer(1, 10);
    qint64 value = 0;
    double real = 0;
    if (self.isIntegral())
        return Value::integer(self.integer());
    if (base >= 2 && base <= 36 && self.isString() && readInteger(self.bytes(), int(base), value))
        return Value::integer(value);
    if (readReal(self, real) && std::isfinite(real)) {
        if (std::abs(real) > 9e18)
            failWith(QStringLiteral("a number becomes too large"), ErrorCode::LimitExceeded);
        return Value::integer(qint64(real));
    }
    return bound.find(0) ? *bound.find(0) : Value::integer(0);
}

Value toReal(const Value &self, const Arguments &arguments)
{
    const Bound bound("float", arguments, {"default"});
    if (self.is(Kind::Undefined))
        failUndefined(self);
    double value = 0;
    if (readReal(self, value))
        return Value::real(value);
    return bound.find(0) ? *bound.find(0) : Value::real(0);
}

Value absolute(const Value &self)
{
    if (self.is(Kind::Undefined))
        failUndefined(self);
    if (!self.isNumber())
        failWith(QStringLiteral("bad operand type for abs(): '%1'").arg(QString::fromUtf8(self.typeName())));
    return self.is(Kind::Float) ? Value::real(std::abs(self.real())) : self.integer() < 0 ? binary("-", Value::integer(0), self) : binary("+", Value::integer(0), self);
}

// As Python rounds: by the exact value, halves to the even digit.
QByteArray fixedDigits(double value, int precision)
{
    char buffer[512];
    const int length = std::snprintf(buffer, sizeof buffer, "%.*f", precision, value);
    return {buffer, std::min<qsizetype>(length, sizeof buffer - 1)};
}

Value rounded(const Value &self, const Arguments &arguments)
{
    const Bound bound("round", arguments, {"precision", "method"});
    const qint64 precision = std::clamp<qint64>(bound.integer(0, 0), -300, 300);
    const QByteArray method = bound.find(1) ? bound.text(1).bytes() : QByteArray("common");
    if (!self.isNumber())
        failWith(QStringLiteral("round needs a number, not %1").arg(QString::fromUtf8(self.typeName())));
    const double scale = std::pow(10.0, double(precision)), value = self.real();
    if (method == "ceil")
        return Value::real(std::ceil(value * scale) / scale);
    if (method == "floor")
        return Value::real(std::floor(value * scale) / scale);
    if (method != "common")
        failWith(QStringLiteral("method must be common, ceil or floor"));
    const double result = precision >= 0 && precision < 100
                              ? fixedDigits(value, int(precision)).toDouble()
                              : std::nearbyint(value * scale) / scale;
    return self.is(Kind::Float) ? Value::real(result) : Value::integer(qint64(result));
}

Value json(const Value &self, const Arguments &arguments)
{
    const Bound bound("tojson", arguments, {"ensure_ascii", "indent", "separators", "sort_keys"});
    JsonStyle style;
    style.asciiOnly = bound.flag(0, false);
    style.sortKeys = bound.flag(3, false);
    if (bound.find(1) && !bound.find(1)->is(Kind::None)) {
        style.hasIndent = true;
        style.itemSeparator = ",";
        if (bound.find(1)->isString())
            style.indent = bound.text(1).bytes();
        else
            style.indent = QByteArray(int(std::clamp<qint64>(bound.integer(1, 0), 0, 100)), ' ');
    }
    if (bound.find(2) && !bound.find(2)->is(Kind::None)) {
        const Values &parts = bound.find(2)->items();
        if (parts.size() != 2 || !parts[0].isString() || !parts[1].isString())
            failWith(QStringLiteral("separators must be two texts"));
        style.itemSeparator = parts[0].bytes();
        style.keySeparator = parts[1].bytes();
    }
    return madeText(toJson(self, style));
}

Value attributeOf(Evaluator &evaluator, const Value &self, const Arguments &arguments)
{
    return evaluator.attribute(self, Bound("attr", arguments, {"name"}).text(0).bytes());
}

Value pairsOf(const Value &self)
{
    if (!self.is(Kind::Dict) && !self.is(Kind::Undefined))
        failWith(QStringLiteral("Can only get item pairs from a mapping."));
    Values items;
    for (const auto &[key, value] : self.pairs())
        items.push_back(Value::sequence({key, value}, Kind::Tuple));
    return Value::sequence(std::move(items), Kind::Generator);
}

const QHash<QByteArray, Method> &table()
{
    static const QHash<QByteArray, Method> made{
        {"length", FILTER(return lengthOf(self);)},
        {"count", FILTER(return lengthOf(self);)},
        {"default", FILTER(return fallback(self, arguments);)},
        {"d", FILTER(return fallback(self, arguments);)},
        {"int", FILTER(return toInteger(self, arguments);)},
        {"float", FILTER(return toReal(self, arguments);)},
        {"abs", FILTER(return absolute(self);)},
        {"round", FILTER(return rounded(self, arguments);)},
        {"tojson", FILTER(return json(self, arguments);)},
        {"attr", FILTER(return attributeOf(evaluator, self, arguments);)},
        {"items", FILTER(return pairsOf(self);)},
        {"safe", FILTER(return self.isString() ? self : madeText(toText(self));)},
        {"string", FILTER(return self.isString() ? self : madeText(toText(self));)},
        {"pprint", FILTER(return madeText(toRepr(self));)},
    };
    return made;
}

#undef FILTER

}  // namespace

Method findFilter(const QByteArray &name)
{
    if (const Method filter = table().value(name, nullptr))
        return filter;
    const Method filter = findTextFilter(name);
    return filter ? filter : findSequenceFilter(name);
}

Value Evaluator::applyFilter(const QByteArray &name, const Value &input, const Arguments &arguments)
{
    const Method filter = findFilter(name);
    if (!filter)
        failWith(QStringLiteral("No filter named '%1'.").arg(QString::fromUtf8(name)));
    return filter(*this, input, arguments);
}

bool Evaluator::applyTest(const QByteArray &name, const Value &value, const Arguments &arguments)
{
    const Test test = findTest(name);
    if (!test)
        failWith(QStringLiteral("No test named '%1'.").arg(QString::fromUtf8(name)));
    return test(*this, value, arguments);
}

}  // namespace athanor::text::jinja
