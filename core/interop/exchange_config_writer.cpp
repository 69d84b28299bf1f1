// Choices to keys of a config. Thread: pure.
#include "core/interop/exchange.h"

#include "core/interop/exchange_numbers.h"

#include <QCoreApplication>
#include <QJsonArray>

#include <cmath>

namespace athanor::interop {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::interop", text); }

QString textOf(const QJsonObject &object, const char *key) { return object.value(QLatin1String(key)).toString(); }

void place(QJsonObject &object, const QStringList &path, const QJsonValue &value)
{
    if (path.size() == 1) {
        object.insert(path.front(), value);
        return;
    }
    QJsonObject inner = object.value(path.front()).toObject();
    place(inner, path.mid(1), value);
    object.insert(path.front(), inner);
}

// What a choice is called by the form; null where it is called nothing.
Result<QJsonValue> wordFor(const QJsonObject &entry, const QJsonValue &value)
{
    for (const QJsonValue &pair : entry.value(QLatin1String("map")).toArray())
        if (pair.toArray().at(1) == value)
            return pair.toArray().at(0);
    return fail(ErrorCode::Unsupported, tr("“%1” has no word for “%2”.").arg(textOf(entry, "key"), plugin::valueText(value)),
                tr("Models with this choice can be used here only."));
}

QJsonValue typed(double number, const QString &type)
{
    if (type == QLatin1String("bool"))
        return number != 0;
    return std::floor(number) == number && std::abs(number) < 9e15 ? QJsonValue(qint64(number)) : QJsonValue(number);
}

Result<QJsonValue> valueToWrite(const QJsonObject &entry, const QJsonObject &choices, const ExchangeNumbers &numbers)
{
    if (const QString null = textOf(entry, "null_when"); !null.isEmpty()) {
        ATHANOR_ASSIGN(const double isNull, numbers.number(null));
        if (isNull != 0)
            return QJsonValue(QJsonValue::Null);
    }
    if (entry.contains(QLatin1String("only")))
        return entry.value(QLatin1String("only")).toArray().at(0);
    const QString choice = textOf(entry, "choice");
    if (entry.contains(QLatin1String("map")))
        return wordFor(entry, choices.value(choice));
    QString formula = textOf(entry, "write");
    if (formula.isEmpty())
        formula = textOf(entry, "equals");
    if (formula.isEmpty() && choice != QLatin1String("vocabulary"))
        return choices.value(choice);
    ATHANOR_ASSIGN(const double number, numbers.number(formula.isEmpty() ? choice : formula));
    return typed(number, textOf(entry, "type"));
}

}  // namespace

Result<QJsonObject> Exchange::writeConfig(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary) const
{
    const QJsonObject words = part(form);
    ATHANOR_ASSIGN(const QJsonObject all, m_schema.validate(choices));
    ExchangeNumbers numbers(m_schema, all);
    numbers.set(QStringLiteral("vocabulary"), double(vocabulary));
    ATHANOR_TRY(numbers.addValues(m_file.value(QLatin1String("values")).toObject()));
    for (const QJsonValue &value : words.value(QLatin1String("refuse")).toArray()) {
        ATHANOR_ASSIGN(const bool stands, numbers.stands(value.toObject()));
        if (stands)
            return fail(ErrorCode::Unsupported, textOf(value.toObject(), "text"), textOf(value.toObject(), "hint"));
    }
    QJsonObject config;
    for (const QJsonValue &value : words.value(QLatin1String("config")).toArray()) {
        const QJsonObject entry = value.toObject();
        ATHANOR_ASSIGN(const bool stands, numbers.stands(entry));
        const QString key = textOf(entry, "key"), writeWhen = textOf(entry, "write_when");
        ATHANOR_ASSIGN(const double isWritten, writeWhen.isEmpty() ? Result<double>(1) : numbers.number(writeWhen));
        if (!stands || isWritten == 0 || key.isEmpty() || entry.value(QLatin1String("ignored")).toBool() || entry.value(QLatin1String("write")) == false)
            continue;
        ATHANOR_ASSIGN(const QJsonValue word, valueToWrite(entry, all, numbers));
        place(config, form == ExchangeForm::Gguf ? QStringList{key} : key.split(QLatin1Char('.')), word);
    }
    for (const QJsonValue &value : words.value(QLatin1String("classes")).toArray()) {
        const QJsonObject sets = value.toObject().value(QLatin1String("sets")).toObject();
        const QStringList names = sets.keys();
        const bool fits = std::all_of(names.begin(), names.end(), [&](const QString &key) { return all.value(key) == sets.value(key); });
        if (!fits || config.contains(QLatin1String("architectures")))
            continue;
        config.insert(QStringLiteral("architectures"), QJsonArray{textOf(value.toObject(), "name")});
    }
    if (form == ExchangeForm::HuggingFace) {
        if (!config.contains(QLatin1String("architectures")))
            return fail(ErrorCode::Unsupported, tr("No class of transformers has just these parts."));
        config.insert(QStringLiteral("model_type"), modelTypes(form).value(0));
    }
    return config;
}

QStringList Exchange::realKeys(ExchangeForm form) const
{
    QStringList keys;
    for (const QJsonValue &value : part(form).value(QLatin1String("config")).toArray()) {
        const QJsonObject entry = value.toObject();
        const plugin::Parameter *parameter = m_schema.find(textOf(entry, "choice"));
        const bool isWhole = textOf(entry, "type") == QLatin1String("int");
        if (parameter && parameter->type == plugin::ParameterType::Real && !isWhole)
            keys += textOf(entry, "key");
    }
    return keys;
}

}  // namespace athanor::interop
