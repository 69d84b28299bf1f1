// See exchange_numbers.h.
#include "core/interop/exchange_numbers.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::interop {
namespace {

constexpr double kLargestSize = 1e15;

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

}  // namespace

ExchangeNumbers::ExchangeNumbers(const plugin::ParameterSchema &schema, const QJsonObject &choices)
{
    for (const plugin::Parameter &parameter : schema.parameters())
        if (choices.contains(parameter.key))
            setChoice(parameter, choices.value(parameter.key));
}

void ExchangeNumbers::setChoice(const plugin::Parameter &parameter, const QJsonValue &value)
{
    if (value.isDouble())
        set(parameter.key, value.toDouble());
    else if (value.isBool())
        set(parameter.key, value.toBool() ? 1 : 0);
    for (const plugin::Choice &choice : parameter.choices)
        set(parameter.key + QLatin1Char('_') + choice.value, value.toString() == choice.value ? 1 : 0);
}

Status ExchangeNumbers::addValues(const QJsonObject &values)
{
    model::Names made;
    for (auto it = values.begin(); it != values.end(); ++it) {
        ATHANOR_ASSIGN(const double value, number(it->toString()));
        made.insert(it.key(), value);
    }
    for (auto it = made.begin(); it != made.end(); ++it)
        m_names.insert(it.key(), it.value());
    return {};
}

Result<qint64> ExchangeNumbers::size(const QString &formula) const
{
    ATHANOR_ASSIGN(const double value, number(formula));
    if (value < 0 || value > kLargestSize || std::floor(value) != value)
        return fail(ErrorCode::Corrupt, tr("The size “%1” comes to %2, which is no size.").arg(formula).arg(value),
                    tr("The numbers of the model do not fit together."));
    return qint64(value);
}

Result<bool> ExchangeNumbers::stands(const QJsonObject &entry) const
{
    const QString when = entry.value(QLatin1String("when")).toString();
    if (when.isEmpty())
        return true;
    ATHANOR_ASSIGN(const double value, number(when));
    return value != 0;
}

}  // namespace athanor::interop
