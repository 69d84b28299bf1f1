// Values of the template language, with Python's meaning of truth, equality, order and printing.
// Limits: containers nest at most 200 deep (Failure). Thread: values; namespaces are shared, so one thread per rendering.
#pragma once

#include "core/base/error.h"
#include "core/text/jinja_text.h"

#include <functional>
#include <memory>

namespace athanor::text::jinja {

/// Thrown inside the engine only; parse() and render() turn it into an Error with the template's line.
struct Failure {
    ErrorCode code = ErrorCode::InvalidInput;
    QString message;
};

enum class Kind {
    Undefined, None, Boolean, Integer, Float, String, List, Tuple, Range, View, Generator, Dict, Namespace, Loop, Function
};

class Value;
class Evaluator;
using Values = std::vector<Value>;
using Pairs = std::vector<std::pair<Value, Value>>;

struct Arguments {
    Values positional;
    std::vector<std::pair<QByteArray, Value>> named;
};
using Callable = std::function<class Value(Evaluator &, const Arguments &)>;

struct Object {
    virtual ~Object() = default;
    int depth = 0;
};

class ATHANOR_EXPORT Value {
public:
    Value() = default;  // undefined
    static Value undefined(const QByteArray &why);
    static Value none();
    static Value boolean(bool value);
    static Value integer(qint64 value);
    static Value real(double value);
    static Value string(Text text);
    static Value string(const QByteArray &bytes, Trust trust) { return string(Text(bytes, trust)); }
    /// List, Tuple, Range, View or Generator.
    static Value sequence(Values items, Kind kind = Kind::List);
    /// What dict.items(), keys() and values() give; `name` is Python's ("dict_items").
    static Value view(Values items, const QByteArray &name);
    /// In order; of equal keys the last value counts, at the first one's place.
    static Value dict(Pairs pairs);
    static Value nameSpace(Pairs attributes);
    static Value function(const QByteArray &name, Callable call);
    static Value object(Kind kind, std::shared_ptr<Object> object);

    Kind kind() const { return m_kind; }
    bool is(Kind kind) const { return m_kind == kind; }
    bool isString() const { return m_kind == Kind::String; }
    bool isSequence() const { return m_kind >= Kind::List && m_kind <= Kind::Generator; }
    bool isIntegral() const { return m_kind == Kind::Integer || m_kind == Kind::Boolean; }
    bool isNumber() const { return isIntegral() || m_kind == Kind::Float; }

    qint64 integer() const { return m_integer; }  // booleans: 0 or 1
    double real() const { return m_kind == Kind::Float ? m_real : static_cast<double>(m_integer); }
    const Text &text() const;   // of a string; empty for anything else
    const QByteArray &bytes() const { return text().bytes(); }
    QByteArray whyUndefined() const;
    const Values &items() const;  // of a sequence; empty for anything else
    void clearItems() const;      // a generator that was read to its end
    const Pairs &pairs() const;   // of a dict or namespace; empty for anything else
    const Value *find(const Value &key) const;
    const Value *find(QByteArrayView key) const;
    void setAttribute(const Value &key, const Value &value) const;  // of a namespace
    const Callable *callable() const;
    const std::shared_ptr<Object> &object() const { return m_object; }

    bool isTrue() const;
    QByteArray typeName() const;  // Python's: "str", "NoneType", …

private:
    Kind m_kind = Kind::Undefined;
    union {
        qint64 m_integer = 0;
        double m_real;
    };
    std::shared_ptr<Object> m_object;
};

bool equal(const Value &left, const Value &right);
/// Negative, zero or positive; Failure where Python has no order.
int compare(const Value &left, const Value &right);
/// Python's str() and repr(). Failure beyond the depth limit.
ATHANOR_EXPORT Text toText(const Value &value);
Text toRepr(const Value &value, int depth = 0);
QByteArray floatText(double value);

/// What one rendering may cost. The engine's pure functions reach the meter of the rendering that runs on their thread.
struct Meter {
    qint64 steps = 0;  // left
    qint64 bytes = 0;  // of texts and lists that are made, left
    qint64 textBytes = 0;  // of one text
    qint64 deadline = 0;   // milliseconds of the steady clock
};
void useMeter(Meter *meter);  // of this thread; null: none
void spendSteps(qint64 count = 1);
/// Before `bytes` more are made in one text or list.
void spendBytes(qint64 bytes);

[[noreturn]] void failWith(const QString &message, ErrorCode code = ErrorCode::InvalidInput);

}  // namespace athanor::text::jinja
