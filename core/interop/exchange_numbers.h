// The numbers that formulas of an exchange file may name: a family's choices (booleans as 0 and 1, a choice among words
// as <key>_<word>), the vocabulary, and the file's own "values". Private to the room. Thread: values.
#pragma once

#include "core/model/expression.h"
#include "core/plugin/parameter_schema.h"

namespace athanor::interop {

class ExchangeNumbers {
public:
    /// Every choice of `choices`.
    ExchangeNumbers(const plugin::ParameterSchema &schema, const QJsonObject &choices);
    void set(const QString &name, double value) { m_names.insert(name, value); }
    void setChoice(const plugin::Parameter &parameter, const QJsonValue &value);
    /// Adds the formulas of "values"; they may name choices, not one another.
    Status addValues(const QJsonObject &values);

    Result<double> number(const QString &formula) const { return model::evaluate(formula, m_names); }
    /// A count or size: whole and not negative. Corrupt otherwise.
    Result<qint64> size(const QString &formula) const;
    /// The entry's "when"; true when it has none.
    Result<bool> stands(const QJsonObject &entry) const;

private:
    model::Names m_names;
};

}  // namespace athanor::interop
