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

// The first class with these choices; of those that sort texts, whose heads are always the same, the first.
QString classFor(const QJsonArray &classes, const QJsonObject &choices, bool sorts)
{
    for (const QJsonValue &value : classes) {
        const QJsonObject entry = value.toObject(), sets = entry.value(QLatin1String("sets")).toObject();
        const QStringList names = sets.keys();
        const bool fits = sorts || std::all_of(names.begin(), names.end(), [&](const QString &key) { return choices.value(key) == sets.value(key); });
        if (fits && entry.value(QLatin1String("labels")).toBool() == sorts)
            return textOf(entry, "name");
    }
    return {};
}

// As transformers names them: the number of each score as a text.
void placeLabels(QJsonObject &config, const QStringList &labels)
{
    QJsonObject names, numbers;
    for (qsizetype index = 0; index < labels.size(); ++index) {
        names.insert(QString::number(index), labels[index]);
        numbers.insert(labels[index], index);
    }
    if (labels.isEmpty())
        return;
    config.insert(QStringLiteral("id2label"), names);
    config.insert(QStringLiteral("label2id"), numbers);
    config.insert(QStringLiteral("num_labels"), labels.size());
    config.insert(QStringLiteral("problem_type"), QStringLiteral("single_label_classification"));
}

}  // namespace

Result<QJsonObject> Exchange::writeConfig(ExchangeForm form, const QJsonObject &choices, qint64 vocabulary,
                                          const QStringList &labels) const
{
    const QJsonObject words = part(form);
    ATHANOR_ASSIGN(const QJsonObject all, m_schema.validate(choices));
    ATHANOR_ASSIGN(const ExchangeNumbers numbers, numbersOf(all, vocabulary, labels.size()));
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
    if (form == ExchangeForm::HuggingFace) {
        const QString name = classFor(words.value(QLatin1String("classes")).toArray(), all, !labels.isEmpty());
        if (name.isEmpty())
            return fail(ErrorCode::Unsupported, labels.isEmpty() ? tr("No class of transformers has just these parts.")
                                                                 : tr("Athanor knows no class of transformers for models of this family that sort texts by labels."),
                        labels.isEmpty() ? QString() : tr("Models with these parts can be used here only."));
        config.insert(QStringLiteral("architectures"), QJsonArray{name});
        config.insert(QStringLiteral("model_type"), modelTypes(form).value(0));
        placeLabels(config, labels);
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
