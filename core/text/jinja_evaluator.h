// Runs a template's tree. One rendering, one evaluator. Throws Failure; line() tells where. Thread: one.
#pragma once

#include "core/text/jinja.h"
#include "core/text/jinja_ast.h"

#include <initializer_list>

namespace athanor::text::jinja {

struct Program {
    Body body;
    QByteArray source;
    bool marksGeneration = false;
};

struct Scope {
    std::shared_ptr<Scope> parent;
    Variables variables;
    const Value *find(const QByteArray &name) const;
    void set(const QByteArray &name, Value value);
};
using ScopePointer = std::shared_ptr<Scope>;

struct LoopObject : Object {
    Values items;
    size_t index = 0;
    int depth0 = 0;
    Value recurse;  // a function, in recursive loops
    Values lastChanged;
    bool hasChanged = false;
};

/// Arguments of a filter, test or method matched with its parameters' names.
class Bound {
public:
    Bound(const char *what, const Arguments &arguments, std::initializer_list<const char *> names);
    const Value *find(size_t index) const { return m_values[index].first ? &m_values[index].second : nullptr; }
    const Value &at(size_t index) const;  // Failure where it was not given
    bool flag(size_t index, bool fallback) const;
    qint64 integer(size_t index, qint64 fallback) const;
    const Text &text(size_t index) const;  // Failure where it is no string

private:
    const char *m_what;
    std::vector<std::pair<bool, Value>> m_values;
    std::vector<const char *> m_names;
};

class Evaluator {
public:
    explicit Evaluator(const RenderOptions &options) : m_options(options) {}
    ~Evaluator();
    Text run(const Body &body, const Variables &variables);
    int line() const { return m_line; }
    const RenderOptions &options() const { return m_options; }

    Value attribute(const Value &value, const QByteArray &name);
    Value item(const Value &value, const Value &key);
    /// "a.0.b" as filters take attributes.
    Value path(Value value, const Value &path);
    Values iterate(const Value &value);
    Value call(const Value &function, const Arguments &arguments);
    Value applyFilter(const QByteArray &name, const Value &input, const Arguments &arguments);
    bool applyTest(const QByteArray &name, const Value &value, const Arguments &arguments);
    Value nameSpace(Pairs attributes);

private:
    enum class Flow { Next, Break, Continue };
    // Statements (jinja_evaluator.cpp)
    Flow execute(const Body &body, const ScopePointer &scope, Text &out);
    Flow execute(const Statement &statement, const ScopePointer &scope, Text &out);
    Flow executeIf(const Statement &statement, const ScopePointer &scope, Text &out);
    void executeFor(const Statement &statement, const ScopePointer &scope, Text &out);
    void runLoop(const Statement &statement, const Value &iterable, int depth0, const ScopePointer &scope, Text &out);
    void executeCall(const Statement &statement, const ScopePointer &scope, Text &out);
    void executeWith(const Statement &statement, const ScopePointer &scope, Text &out);
    Text captured(const Body &body, const ScopePointer &parent);
    Value macro(const Statement &statement, const ScopePointer &scope);
    Value callMacro(const Statement &statement, const ScopePointer &scope, const Arguments &arguments);
    void assign(const Expression &target, const Value &value, const ScopePointer &scope);
    void write(const Text &text, Text &out);

    // Expressions (jinja_expressions.cpp)
    Value evaluate(const Expression &node, const ScopePointer &scope);
    Value evaluateNode(const Expression &node, const ScopePointer &scope);
    Value evaluateContainer(const Expression &node, const ScopePointer &scope);
    Value lookUp(const QByteArray &name, const ScopePointer &scope) const;
    Value slice(const Value &value, const Expression &slice, const ScopePointer &scope);
    bool compareChain(const Expression &node, const ScopePointer &scope);
    Arguments arguments(const Expression &node, const ScopePointer &scope);

    RenderOptions m_options;
    int m_line = 1;
    int m_depth = 0;
    std::vector<ScopePointer> m_keptScopes;  // that macros look into
    Values m_nameSpaces;
};

using Method = Value (*)(Evaluator &, const Value &self, const Arguments &);
using Test = bool (*)(Evaluator &, const Value &value, const Arguments &);
Method findFilter(const QByteArray &name);
Method findTextFilter(const QByteArray &name);
Method findSequenceFilter(const QByteArray &name);
Test findTest(const QByteArray &name);
/// A method that Python's type has; one that is not supported, or that changes its object, fails when it is called.
Method findMethod(const Value &self, const QByteArray &name);
const Value *findGlobal(const QByteArray &name);

Value binary(const QByteArray &sign, const Value &left, const Value &right);
bool contains(const Value &container, const Value &item);
Text formatted(const Text &pattern, const Values &values);
Value madeText(Text text);  // charges for it
[[noreturn]] void failUndefined(const Value &value);

}  // namespace athanor::text::jinja
