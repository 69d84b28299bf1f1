// What the parser makes of a template and the evaluator runs. Thread: immutable once made.
#pragma once

#include "core/text/jinja_value.h"

namespace athanor::text::jinja {

enum class ExpressionKind {
    Constant, Name, NamespaceTarget, List, Tuple, Dict, Attribute, Item, Slice, Call, Filter, Test, Not, Negative,
    Positive, And, Or, Condition, Compare, Binary, Concat
};

struct Expression;
using ExpressionPointer = std::unique_ptr<Expression>;

struct Expression {
    ExpressionKind kind = ExpressionKind::Constant;
    int line = 1;
    int depth = 1;
    QByteArray name;     // of a name, attribute, filter, test, or the operator
    QByteArray second;   // NamespaceTarget: the attribute
    Value constant;
    std::vector<ExpressionPointer> children;  // may hold null where a part is left out (slices, conditions)
    std::vector<QByteArray> operators;        // Compare: between the children
    std::vector<ExpressionPointer> arguments;
    std::vector<std::pair<QByteArray, ExpressionPointer>> named;
    ExpressionPointer star, starStar;  // *args, **kwargs
};

enum class StatementKind {
    Text, Output, If, For, Set, SetBlock, Macro, CallBlock, FilterBlock, With, Scope, Generation, Break, Continue
};

struct Statement;
using Body = std::vector<std::unique_ptr<Statement>>;

struct Parameter {
    QByteArray name;
    ExpressionPointer fallback;
};

struct Statement {
    StatementKind kind = StatementKind::Text;
    int line = 1;
    Value text;  // Text: what is written
    QByteArray name;
    ExpressionPointer target, value, test;
    std::vector<std::pair<ExpressionPointer, Body>> branches;  // If; With: targets in `targets`
    std::vector<ExpressionPointer> targets, values;            // With
    Body body, otherwise;
    std::vector<Parameter> parameters;  // Macro, CallBlock
    bool isRecursive = false, takesMore = false, takesNamed = false;
};

}  // namespace athanor::text::jinja
