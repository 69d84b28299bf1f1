// See jinja_value.h.
#include "core/text/jinja_value.h"

#include <cmath>

namespace athanor::text::jinja {
namespace {

constexpr int kDepthLimit = 200;

struct StringObject : Object {
    Text text;
};
struct SequenceObject : Object {
    Values items;
    QByteArray name;
};
struct DictObject : Object {
    Pairs pairs;
};
struct FunctionObject : Object {
    QByteArray name;
    Callable call;
};

int depthOf(const Value &value) { return value.object() ? value.object()->depth : 0; }

int checkedDepth(int depth)
{
    if (depth > kDepthLimit)
        failWith(QStringLiteral("lists and mappings stand more than %1 deep in each other").arg(kDepthLimit),
                 ErrorCode::LimitExceeded);
    return depth;
}

int rank(const Value &value) { return value.isNumber() ? 0 : value.isString() ? 1 : value.isSequence() ? 2 : 3; }

int compareItems(const Values &left, const Values &right)
{
    for (size_t i = 0; i < left.size() && i < right.size(); ++i) {
        if (!equal(left[i], right[i]))
            return compare(left[i], right[i]);
    }
    return left.size() < right.size() ? -1 : left.size() > right.size() ? 1 : 0;
}

}  // namespace

void failWith(const QString &message, ErrorCode code) { throw Failure{code, message}; }

Value Value::undefined(const QByteArray &why)
{
    Value value = string(why, Trust::Template);
    value.m_kind = Kind::Undefined;
    return value;
}

Value Value::none()
{
    Value value;
    value.m_kind = Kind::None;
    return value;
}

Value Value::boolean(bool truth)
{
    Value value;
    value.m_kind = Kind::Boolean;
    value.m_integer = truth ? 1 : 0;
    return value;
}

Value Value::integer(qint64 number)
{
    Value value;
    value.m_kind = Kind::Integer;
    value.m_integer = number;
    return value;
}

Value Value::real(double number)
{
    Value value;
    value.m_kind = Kind::Float;
    value.m_real = number;
    return value;
}

Value Value::string(Text text)
{
    auto object = std::make_shared<StringObject>();
    object->text = std::move(text);
    return Value::object(Kind::String, std::move(object));
}

Value Value::object(Kind kind, std::shared_ptr<Object> object)
{
    Value value;
    value.m_kind = kind;
    value.m_object = std::move(object);
    return value;
}

Value Value::sequence(Values items, Kind kind)
{
    auto object = std::make_shared<SequenceObject>();
    int depth = 0;
    for (const Value &item : items)
        depth = std::max(depth, depthOf(item));
    object->depth = checkedDepth(depth + 1);
    object->items = std::move(items);
    return Value::object(kind, std::move(object));
}

Value Value::view(Values items, const QByteArray &name)
{
    Value value = sequence(std::move(items), Kind::View);
    static_cast<SequenceObject *>(value.m_object.get())->name = name;
    return value;
}

Value Value::dict(Pairs pairs)
{
    auto object = std::make_shared<DictObject>();
    int depth = 0;
    for (auto &[key, item] : pairs) {
        if (key.is(Kind::List) || key.is(Kind::Dict))
            failWith(QStringLiteral("unhashable type: '%1'").arg(QString::fromUtf8(key.typeName())));
        depth = std::max({depth, depthOf(key), depthOf(item)});
        bool isKnown = false;
        for (auto &known : object->pairs) {
            if (equal(known.first, key)) {
                known.second = item;
                isKnown = true;
                break;
            }
        }
        if (!isKnown)
            object->pairs.emplace_back(std::move(key), std::move(item));
    }
    object->depth = checkedDepth(depth + 1);
    return Value::object(Kind::Dict, std::move(object));
}

Value Value::nameSpace(Pairs attributes)
{
    Value value = dict(std::move(attributes));
    value.m_kind = Kind::Namespace;
    return value;
}

Value Value::function(const QByteArray &name, Callable call)
{
    auto object = std::make_shared<FunctionObject>();
    object->name = name;
    object->call = std::move(call);
    return Value::object(Kind::Function, std::move(object));
}

const Text &Value::text() const
{
    static const Text none;
    return m_kind == Kind::String ? static_cast<const StringObject *>(m_object.get())->text : none;
}

QByteArray Value::whyUndefined() const
{
    return m_object ? static_cast<const StringObject *>(m_object.get())->text.bytes() : QByteArray("the value is undefined");
}

const Values &Value::items() const
{
    static const Values none;
    return isSequence() ? static_cast<const SequenceObject *>(m_object.get())->items : none;
}

void Value::clearItems() const { static_cast<SequenceObject *>(m_object.get())->items.clear(); }

const Pairs &Value::pairs() const
{
    static const Pairs none;
    const bool has = m_kind == Kind::Dict || m_kind == Kind::Namespace;
    return has ? static_cast<const DictObject *>(m_object.get())->pairs : none;
}

const Value *Value::find(const Value &key) const
{
    for (const auto &[known, value] : pairs()) {
        if (equal(known, key))
            return &value;
    }
    return nullptr;
}

const Value *Value::find(QByteArrayView key) const
{
    for (const auto &[known, value] : pairs()) {
        if (known.isString() && QByteArrayView(known.bytes()) == key)
            return &value;
    }
    return nullptr;
}

void Value::setAttribute(const Value &key, const Value &value) const
{
    auto *object = static_cast<DictObject *>(m_object.get());
    object->depth = checkedDepth(std::max(object->depth, depthOf(value) + (value.is(Kind::Namespace) ? 0 : 1)));
    for (auto &known : object->pairs) {
        if (equal(known.first, key)) {
            known.second = value;
            return;
        }
    }
    object->pairs.emplace_back(key, value);
}

const Callable *Value::callable() const
{
    return m_kind == Kind::Function ? &static_cast<const FunctionObject *>(m_object.get())->call : nullptr;
}

bool Value::isTrue() const
{
    switch (m_kind) {
    case Kind::Undefined:
    case Kind::None:
        return false;
    case Kind::Boolean:
    case Kind::Integer:
        return m_integer != 0;
    case Kind::Float:
        return m_real != 0;
    case Kind::String:
        return !text().isEmpty();
    case Kind::Dict:
        return !pairs().empty();
    case Kind::Generator:
    case Kind::Namespace:
    case Kind::Loop:
    case Kind::Function:
        return true;
    default:
        return !items().empty();
    }
}

QByteArray Value::typeName() const
{
    if (m_kind == Kind::View)
        return static_cast<const SequenceObject *>(m_object.get())->name;
    static const char *const names[] = {"Undefined", "NoneType", "bool", "int", "float", "str", "list", "tuple", "range",
                                        "dict_items", "generator", "dict", "Namespace", "LoopContext", "function"};
    return names[static_cast<size_t>(m_kind)];
}

bool equal(const Value &left, const Value &right)
{
    spendSteps();
    if (left.isIntegral() && right.isIntegral())
        return left.integer() == right.integer();
    if (left.isNumber() && right.isNumber())
        return left.real() == right.real();
    if (left.kind() != right.kind())
        return false;
    if (left.isString())
        return left.bytes() == right.bytes();
    if (left.isSequence()) {
        if (left.object() == right.object())
            return true;
        if (left.items().size() != right.items().size())
            return false;
        for (size_t i = 0; i < left.items().size(); ++i) {
            if (!equal(left.items()[i], right.items()[i]))
                return false;
        }
        return true;
    }
    if (left.is(Kind::Dict)) {
        for (const auto &[key, value] : left.pairs()) {
            const Value *other = right.find(key);
            if (!other || !equal(value, *other))
                return false;
        }
        return left.pairs().size() == right.pairs().size();
    }
    return left.is(Kind::Undefined) || left.object() == right.object();
}

int compare(const Value &left, const Value &right)
{
    if (left.isIntegral() && right.isIntegral())
        return left.integer() < right.integer() ? -1 : left.integer() > right.integer() ? 1 : 0;
    if (left.isNumber() && right.isNumber())
        return left.real() < right.real() ? -1 : left.real() > right.real() ? 1 : 0;
    if (left.isString() && right.isString())
        return left.bytes().compare(right.bytes());
    if (left.kind() == right.kind() && rank(left) == 2)
        return compareItems(left.items(), right.items());
    for (const Value *side : {&left, &right}) {
        if (side->is(Kind::Undefined))
            failWith(QString::fromUtf8(side->whyUndefined()));
    }
    failWith(QStringLiteral("'%1' and '%2' have no order").arg(QString::fromUtf8(left.typeName()),
                                                                QString::fromUtf8(right.typeName())));
}

}  // namespace athanor::text::jinja
