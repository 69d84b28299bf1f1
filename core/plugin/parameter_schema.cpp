#include "core/plugin/parameter_schema.h"

#include <QCoreApplication>
#include <QSet>

#include <array>
#include <cmath>
#include <utility>

namespace athanor::plugin {

namespace {

constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53: JSON numbers are doubles
constexpr qsizetype kLongestText = 100'000;                  // characters
constexpr qsizetype kShownOfValue = 60;                      // characters of a value in a message

constexpr std::array<std::pair<const char *, ParameterType>, 6> kTypes{{
    {"bool", ParameterType::Boolean},
    {"int", ParameterType::Integer},
    {"real", ParameterType::Real},
    {"text", ParameterType::Text},
    {"choice", ParameterType::Choice},
    {"path", ParameterType::Path},
}};

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

std::optional<ParameterType> typeFromName(const QString &name)
{
    for (const auto &[text, type] : kTypes)
        if (name == QLatin1String(text))
            return type;
    return std::nullopt;
}

std::optional<double> limitOf(const QJsonObject &object, const char *key)
{
    const QJsonValue value = object.value(QLatin1String(key));
    return value.isDouble() ? std::optional<double>(value.toDouble()) : std::nullopt;
}

std::vector<Choice> choicesOf(const QJsonArray &array)
{
    std::vector<Choice> choices;
    for (const QJsonValue &value : array) {
        if (value.isString()) {
            choices.push_back({value.toString(), value.toString(), {}});
            continue;
        }
        const QJsonObject object = value.toObject();
        const QString text = object.value(QLatin1String("value")).toString();
        choices.push_back({text, object.value(QLatin1String("title")).toString(text),
                           object.value(QLatin1String("doc")).toString()});
    }
    return choices;
}

QString limitsText(const Parameter &parameter)
{
    const QString unit = parameter.unit.isEmpty() ? QString() : QLatin1Char(' ') + parameter.unit;
    if (parameter.minimum && parameter.maximum)
        return tr("It must lie between %1 and %2%3.").arg(limitText(parameter, *parameter.minimum), limitText(parameter, *parameter.maximum), unit);
    if (parameter.minimum)
        return tr("It must be at least %1%2.").arg(limitText(parameter, *parameter.minimum), unit);
    return tr("It must be at most %1%2.").arg(limitText(parameter, parameter.maximum.value_or(0)), unit);
}

QString shown(const QJsonValue &value)
{
    const QString text = valueText(value);
    return text.size() > kShownOfValue ? text.left(kShownOfValue) + QStringLiteral("…") : text;
}

tl::unexpected<Error> wrongType(const Parameter &parameter, const QJsonValue &value, const QString &expected)
{
    return fail(ErrorCode::InvalidInput,
                tr("“%1” cannot be “%2”: %3 is expected.").arg(parameter.key, shown(value), expected),
                parameter.minimum || parameter.maximum ? limitsText(parameter) : parameter.doc);
}

Status checkNumber(const Parameter &parameter, const QJsonValue &value)
{
    const double number = value.toDouble();
    if (!value.isDouble() || !std::isfinite(number))
        return wrongType(parameter, value, tr("a number"));
    if (parameter.type == ParameterType::Integer
        && (number != std::floor(number) || std::fabs(number) > kLargestExactInteger))
        return wrongType(parameter, value, tr("a whole number"));
    if ((parameter.minimum && number < *parameter.minimum) || (parameter.maximum && number > *parameter.maximum))
        return fail(ErrorCode::InvalidInput,
                    tr("“%1” cannot be %2.").arg(parameter.key, valueText(value)), limitsText(parameter));
    return {};
}

Status checkChoice(const Parameter &parameter, const QJsonValue &value)
{
    QStringList known;
    for (const Choice &choice : parameter.choices) {
        if (value.isString() && value.toString() == choice.value)
            return {};
        known += choice.value;
    }
    return fail(ErrorCode::InvalidInput, tr("“%1” cannot be “%2”.").arg(parameter.key, shown(value)),
                tr("Choose one of: %1.").arg(known.join(QStringLiteral(", "))));
}

Status checkText(const Parameter &parameter, const QJsonValue &value)
{
    if (!value.isString())
        return wrongType(parameter, value, tr("a text"));
    if (value.toString().size() > kLongestText)
        return fail(ErrorCode::InvalidInput, tr("“%1” cannot be a text of %2 characters.").arg(parameter.key).arg(value.toString().size()),
                    tr("It must have at most %1 characters.").arg(kLongestText));
    return {};
}

Status checkValue(const Parameter &parameter, const QJsonValue &value)
{
    switch (parameter.type) {
    case ParameterType::Boolean:
        return value.isBool() ? Status() : wrongType(parameter, value, tr("true or false"));
    case ParameterType::Integer:
    case ParameterType::Real:
        return checkNumber(parameter, value);
    case ParameterType::Text:
    case ParameterType::Path:
        return checkText(parameter, value);
    case ParameterType::Choice:
        return checkChoice(parameter, value);
    }
    return {};
}

Result<Parameter> parameterFromJson(const QJsonObject &object)
{
    Parameter parameter;
    parameter.key = object.value(QLatin1String("key")).toString();
    if (parameter.key.isEmpty())
        return fail(ErrorCode::Corrupt, tr("a parameter has no key."));
    const QString typeName = object.value(QLatin1String("type")).toString();
    const auto type = typeFromName(typeName);
    if (!type)
        return fail(ErrorCode::Corrupt, tr("the parameter “%1” has the unknown type “%2”.").arg(parameter.key, typeName));
    parameter.type = *type;
    parameter.title = object.value(QLatin1String("title")).toString(parameter.key);
    parameter.term = object.value(QLatin1String("term")).toString();
    parameter.doc = object.value(QLatin1String("doc")).toString();
    parameter.unit = object.value(QLatin1String("unit")).toString();
    parameter.minimum = limitOf(object, "min");
    parameter.maximum = limitOf(object, "max");
    parameter.choices = choicesOf(object.value(QLatin1String("choices")).toArray());
    parameter.advanced = object.value(QLatin1String("advanced")).toBool();
    parameter.section = object.value(QLatin1String("section")).toString();
    parameter.defaultValue = object.value(QLatin1String("default"));
    if (parameter.type == ParameterType::Choice && parameter.choices.empty())
        return fail(ErrorCode::Corrupt, tr("the parameter “%1” offers no choices.").arg(parameter.key));
    const Status usable = checkValue(parameter, parameter.defaultValue);
    if (!usable)
        return fail(ErrorCode::Corrupt, tr("the default of “%1” is not allowed: %2").arg(parameter.key, usable.error().message));
    return parameter;
}

int editDistance(const QString &a, const QString &b)
{
    std::vector<int> row(static_cast<size_t>(b.size()) + 1);
    for (size_t j = 0; j < row.size(); ++j)
        row[j] = static_cast<int>(j);
    for (qsizetype i = 0; i < a.size(); ++i) {
        int diagonal = row[0];
        row[0] = static_cast<int>(i) + 1;
        for (size_t j = 1; j < row.size(); ++j) {
            const int changed = diagonal + (a[i] != b[static_cast<qsizetype>(j) - 1]);
            diagonal = row[j];
            row[j] = std::min({row[j] + 1, row[j - 1] + 1, changed});
        }
    }
    return row.back();
}

std::optional<double> numberWithSuffix(QString text)
{
    double factor = 1;
    if (text.endsWith(QLatin1Char('k')))
        factor = 1e3;
    else if (text.endsWith(QLatin1Char('M')))
        factor = 1e6;
    else if (text.endsWith(QLatin1Char('B')))
        factor = 1e9;
    if (factor > 1)
        text.chop(1);
    bool ok = false;
    const double number = QLocale::c().toDouble(text, &ok) * factor;
    return ok ? std::optional<double>(number) : std::nullopt;
}

Result<QJsonValue> valueFromText(const Parameter &parameter, const QString &text)
{
    switch (parameter.type) {
    case ParameterType::Boolean:
        if (text == QLatin1String("true") || text == QLatin1String("1") || text == QLatin1String("yes"))
            return QJsonValue(true);
        if (text == QLatin1String("false") || text == QLatin1String("0") || text == QLatin1String("no"))
            return QJsonValue(false);
        return wrongType(parameter, text, tr("true or false"));
    case ParameterType::Integer:
        if (const auto number = numberWithSuffix(text))
            return QJsonValue(*number);
        return wrongType(parameter, text, tr("a whole number"));
    case ParameterType::Real:
        if (const auto number = numberWithSuffix(text))
            return QJsonValue(*number);
        return wrongType(parameter, text, tr("a number with a decimal point"));
    default:
        return QJsonValue(text);
    }
}

}  // namespace

Result<ParameterSchema> ParameterSchema::fromJson(const QJsonArray &declaration)
{
    ParameterSchema schema;
    for (const QJsonValue &value : declaration) {
        ATHANOR_ASSIGN(Parameter parameter, parameterFromJson(value.toObject()));
        if (schema.find(parameter.key))
            return fail(ErrorCode::Corrupt, tr("the parameter “%1” is declared twice.").arg(parameter.key));
        schema.m_parameters.push_back(std::move(parameter));
    }
    return schema;
}

const Parameter *ParameterSchema::find(const QString &key) const
{
    for (const Parameter &parameter : m_parameters)
        if (parameter.key == key)
            return &parameter;
    return nullptr;
}

QJsonObject ParameterSchema::defaults() const
{
    QJsonObject values;
    for (const Parameter &parameter : m_parameters)
        values.insert(parameter.key, parameter.defaultValue);
    return values;
}

namespace {

tl::unexpected<Error> unknownKey(const ParameterSchema &schema, const QString &key)
{
    QStringList near;
    QStringList known;
    for (const Parameter &parameter : schema.parameters()) {
        known += parameter.key;
        if (editDistance(parameter.key, key) <= 2)
            near += parameter.key;
    }
    return fail(ErrorCode::InvalidInput, tr("There is no parameter “%1”.").arg(key),
                near.isEmpty() ? tr("Known are: %1.").arg(known.join(QStringLiteral(", ")))
                               : tr("Did you mean %1?").arg(near.join(QStringLiteral(" or "))));
}

}  // namespace

Result<QJsonObject> ParameterSchema::validate(const QJsonObject &values) const
{
    QJsonObject result = defaults();
    for (auto it = values.begin(); it != values.end(); ++it) {
        const Parameter *parameter = find(it.key());
        if (!parameter)
            return unknownKey(*this, it.key());
        ATHANOR_TRY(checkValue(*parameter, it.value()));
        result.insert(it.key(), it.value());
    }
    return result;
}

Result<QJsonObject> ParameterSchema::parseAssignments(const QStringList &assignments) const
{
    QJsonObject values;
    for (const QString &assignment : assignments) {
        const qsizetype equals = assignment.indexOf(QLatin1Char('='));
        if (equals <= 0)
            return fail(ErrorCode::InvalidInput, tr("“%1” is not of the form key=value.").arg(assignment));
        const QString key = assignment.left(equals);
        const Parameter *parameter = find(key);
        if (!parameter)
            return unknownKey(*this, key);
        ATHANOR_ASSIGN(const QJsonValue value, valueFromText(*parameter, assignment.mid(equals + 1)));
        ATHANOR_TRY(checkValue(*parameter, value));
        values.insert(key, value);
    }
    return values;
}

namespace {

/// As short as it reads back to the same number: commands that are copied give the same run.
QString numberText(double number)
{
    const QString text = QString::number(number, 'g', 15);
    return text.toDouble() == number || !std::isfinite(number) ? text : QString::number(number, 'g', 17);
}

}  // namespace

QString limitText(const Parameter &parameter, double limit)
{
    const bool isWhole = parameter.type == ParameterType::Integer;
    return isWhole ? QString::number(limit, 'f', 0) : QString::number(limit, 'g', 10);
}

QString valueText(const QJsonValue &value)
{
    if (value.isBool())
        return value.toBool() ? QStringLiteral("true") : QStringLiteral("false");
    if (value.isDouble())
        return numberText(value.toDouble());
    if (value.isString())
        return value.toString();
    if (value.isNull() || value.isUndefined())
        return QStringLiteral("nothing");
    return QString::fromUtf8(QJsonDocument(value.isArray() ? QJsonDocument(value.toArray()) : QJsonDocument(value.toObject()))
                                 .toJson(QJsonDocument::Compact));
}

}  // namespace athanor::plugin
