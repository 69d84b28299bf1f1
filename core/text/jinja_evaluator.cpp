// Statements. See jinja_evaluator.h.
#include "core/text/jinja_evaluator.h"

namespace athanor::text::jinja {

const Value *Scope::find(const QByteArray &name) const
{
    for (const auto &[known, value] : variables) {
        if (known == name)
            return &value;
    }
    return nullptr;
}

void Scope::set(const QByteArray &name, Value value)
{
    for (auto &[known, held] : variables) {
        if (known == name) {
            held = std::move(value);
            return;
        }
    }
    variables.emplace_back(name, std::move(value));
}

// Scopes, macros and namespaces may hold each other: the circles are cut here.
Evaluator::~Evaluator()
{
    for (const Value &value : m_nameSpaces) {
        for (const auto &[key, held] : value.pairs())
            value.setAttribute(key, Value());
    }
    for (const ScopePointer &scope : m_keptScopes)
        scope->variables.clear();
}

Text Evaluator::run(const Body &body, const Variables &variables)
{
    auto context = std::make_shared<Scope>();
    context->variables = variables;
    auto scope = std::make_shared<Scope>();
    scope->parent = context;
    Text out;
    execute(body, scope, out);
    return out;
}

Value Evaluator::nameSpace(Pairs attributes)
{
    m_nameSpaces.push_back(Value::nameSpace(std::move(attributes)));
    return m_nameSpaces.back();
}

void Evaluator::write(const Text &text, Text &out)
{
    spendBytes(text.size());
    if (out.size() + text.size() > m_options.outputBytes)
        failWith(QStringLiteral("the text becomes longer than %1 bytes").arg(m_options.outputBytes), ErrorCode::LimitExceeded);
    out.append(text);
}

Evaluator::Flow Evaluator::execute(const Body &body, const ScopePointer &scope, Text &out)
{
    if (++m_depth > m_options.depth)
        failWith(QStringLiteral("calls stand too deep in each other"), ErrorCode::LimitExceeded);
    Flow flow = Flow::Next;
    for (const auto &statement : body) {
        flow = execute(*statement, scope, out);
        if (flow != Flow::Next)
            break;
    }
    --m_depth;
    return flow;
}

Text Evaluator::captured(const Body &body, const ScopePointer &parent)
{
    auto scope = std::make_shared<Scope>();
    scope->parent = parent;
    Text text;
    execute(body, scope, text);
    return text;
}

Evaluator::Flow Evaluator::execute(const Statement &statement, const ScopePointer &scope, Text &out)
{
    m_line = statement.line;
    spendSteps();
    switch (statement.kind) {
    case StatementKind::Text:
        write(statement.text.text(), out);
        break;
    case StatementKind::Output:
        write(toText(evaluate(*statement.value, scope)), out);
        break;
    case StatementKind::If:
        return executeIf(statement, scope, out);
    case StatementKind::For:
        executeFor(statement, scope, out);
        break;
    case StatementKind::Set:
        assign(*statement.target, evaluate(*statement.value, scope), scope);
        break;
    case StatementKind::SetBlock: {
        Value text = madeText(captured(statement.body, scope));
        if (statement.value) {
            auto inner = std::make_shared<Scope>();
            inner->parent = scope;
            inner->set(" block", text);
            text = evaluate(*statement.value, inner);
        }
        assign(*statement.target, text, scope);
        break;
    }
    case StatementKind::FilterBlock: {
        auto inner = std::make_shared<Scope>();
        inner->parent = scope;
        inner->set(" block", madeText(captured(statement.body, scope)));
        write(toText(evaluate(*statement.value, inner)), out);
        break;
    }
    case StatementKind::Macro:
        scope->set(statement.name, macro(statement, scope));
        break;
    case StatementKind::CallBlock:
        executeCall(statement, scope, out);
        break;
    case StatementKind::With:
        executeWith(statement, scope, out);
        break;
    case StatementKind::Scope:
        write(captured(statement.body, scope), out);
        break;
    case StatementKind::Generation: {
        Text text = captured(statement.body, scope);
        text.markGenerated();
        write(text, out);
        break;
    }
    case StatementKind::Break:
        return Flow::Break;
    case StatementKind::Continue:
        return Flow::Continue;
    }
    return Flow::Next;
}

Evaluator::Flow Evaluator::executeIf(const Statement &statement, const ScopePointer &scope, Text &out)
{
    for (const auto &[test, body] : statement.branches) {
        if (evaluate(*test, scope).isTrue())
            return execute(body, scope, out);
    }
    return execute(statement.otherwise, scope, out);
}

void Evaluator::executeFor(const Statement &statement, const ScopePointer &scope, Text &out)
{
    runLoop(statement, evaluate(*statement.value, scope), 0, scope, out);
}

void Evaluator::runLoop(const Statement &statement, const Value &iterable, int depth0, const ScopePointer &scope, Text &out)
{
    auto loop = std::make_shared<LoopObject>();
    for (Value &item : iterate(iterable)) {
        if (statement.test) {
            auto inner = std::make_shared<Scope>();
            inner->parent = scope;
            assign(*statement.target, item, inner);
            if (!evaluate(*statement.test, inner).isTrue())
                continue;
        }
        loop->items.push_back(std::move(item));
    }
    loop->depth0 = depth0;
    if (statement.isRecursive) {
        m_keptScopes.push_back(scope);
        loop->recurse = Value::function("loop", [&statement, depth0, outer = std::weak_ptr<Scope>(scope), this](
                                                    Evaluator &, const Arguments &arguments) {
            const Bound bound("loop", arguments, {"iterable"});
            Text text;
            if (const ScopePointer alive = outer.lock())
                runLoop(statement, bound.at(0), depth0 + 1, alive, text);
            return madeText(std::move(text));
        });
    }
    for (size_t i = 0; i < loop->items.size(); ++i) {
        loop->index = i;
        auto inner = std::make_shared<Scope>();
        inner->parent = scope;
        inner->set("loop", Value::object(Kind::Loop, loop));
        assign(*statement.target, loop->items[i], inner);
        if (execute(statement.body, inner, out) == Flow::Break)
            break;
    }
    if (loop->items.empty() && !statement.otherwise.empty())
        write(captured(statement.otherwise, scope), out);
}

void Evaluator::executeCall(const Statement &statement, const ScopePointer &scope, Text &out)
{
    const Expression &node = *statement.value;
    const Value function = evaluate(*node.children.front(), scope);
    Arguments passed = arguments(node, scope);
    passed.named.emplace_back("caller", macro(statement, scope));
    write(toText(call(function, passed)), out);
}

void Evaluator::executeWith(const Statement &statement, const ScopePointer &scope, Text &out)
{
    auto inner = std::make_shared<Scope>();
    inner->parent = scope;
    for (size_t i = 0; i < statement.targets.size(); ++i)
        assign(*statement.targets[i], evaluate(*statement.values[i], scope), inner);
    execute(statement.body, inner, out);
}

Value Evaluator::macro(const Statement &statement, const ScopePointer &scope)
{
    m_keptScopes.push_back(scope);
    return Value::function(statement.name, [&statement, home = std::weak_ptr<Scope>(scope), this](
                                               Evaluator &, const Arguments &arguments) {
        return callMacro(statement, home.lock(), arguments);
    });
}

Value Evaluator::callMacro(const Statement &statement, const ScopePointer &scope, const Arguments &arguments)
{
    const auto &parameters = statement.parameters;
    auto inner = std::make_shared<Scope>();
    inner->parent = scope;
    const QString name = QString::fromUtf8(statement.name);
    if (arguments.positional.size() > parameters.size() && !statement.takesMore)
        failWith(QStringLiteral("macro '%1' takes not more than %2 argument(s)").arg(name).arg(parameters.size()));
    const size_t given = std::min(arguments.positional.size(), parameters.size());
    for (size_t i = 0; i < given; ++i)
        inner->set(parameters[i].name, arguments.positional[i]);
    Pairs further;
    for (const auto &[key, value] : arguments.named) {
        const auto isIt = [&key = key](const Parameter &parameter) { return parameter.name == key; };
        if (std::any_of(parameters.begin(), parameters.end(), isIt) || key == "caller")
            inner->set(key, value);
        else if (statement.takesNamed)
            further.emplace_back(Value::string(key, Trust::Template), value);
        else
            failWith(QStringLiteral("macro '%1' takes no keyword argument '%2'").arg(name, QString::fromUtf8(key)));
    }
    for (const Parameter &parameter : parameters) {
        if (!inner->find(parameter.name))
            inner->set(parameter.name, parameter.fallback
                                           ? evaluate(*parameter.fallback, inner)
                                           : Value::undefined("parameter '" + parameter.name + "' was not provided"));
    }
    if (statement.takesMore)
        inner->set("varargs", Value::sequence(Values(arguments.positional.begin() + static_cast<qptrdiff>(given),
                                                     arguments.positional.end()), Kind::Tuple));
    if (statement.takesNamed)
        inner->set("kwargs", Value::dict(std::move(further)));
    Text text;
    const int line = m_line;
    execute(statement.body, inner, text);
    m_line = line;
    return madeText(std::move(text));
}

void Evaluator::assign(const Expression &target, const Value &value, const ScopePointer &scope)
{
    if (target.kind == ExpressionKind::Name) {
        scope->set(target.name, value);
    } else if (target.kind == ExpressionKind::NamespaceTarget) {
        const Value nameSpace = lookUp(target.name, scope);
        if (!nameSpace.is(Kind::Namespace))
            failWith(QStringLiteral("cannot assign attribute on non-namespace object"));
        if (target.second.startsWith('_'))
            failWith(QStringLiteral("names that begin with an underscore cannot be set"));
        nameSpace.setAttribute(Value::string(target.second, Trust::Template), value);
    } else {
        const Values parts = iterate(value);
        if (parts.size() != target.children.size())
            failWith(QStringLiteral("%1 values cannot be given to %2 names").arg(parts.size()).arg(target.children.size()));
        for (size_t i = 0; i < parts.size(); ++i)
            assign(*target.children[i], parts[i], scope);
    }
}

}  // namespace athanor::text::jinja
