// Role: a person's choices to an architecture in full: the plugin's checks, then its template with every "${…}"
// replaced, then a walk over the result (every layer known, its parameters valid, sizes within bounds).
// Thread: pure functions of their arguments.
#include "core/model/architecture.h"
#include "core/model/expression.h"
#include "core/model/walk.h"

#include <QCoreApplication>

#include <cmath>

namespace athanor::model {

namespace {

constexpr int kTemplateDepth = 32;
constexpr qint64 kLargestVocabulary = 2000000;
constexpr double kMostNumbers = 4e9;  // a suggestion is searched near the value, never over a range from a file

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// Numbers for formulas: integers, reals, and booleans as 0 and 1.
Names numbersOf(const QJsonObject &values)
{
    Names names;
    for (auto it = values.begin(); it != values.end(); ++it) {
        if (it->isDouble())
            names.insert(it.key(), it->toDouble());
        else if (it->isBool())
            names.insert(it.key(), it->toBool() ? 1 : 0);
    }
    return names;
}

class Template {
public:
    Template(const QJsonObject &choices, qint64 vocabulary) : m_choices(choices), m_names(numbersOf(choices))
    {
        m_choices.insert(QStringLiteral("vocabulary"), vocabulary);
        m_names.insert(QStringLiteral("vocabulary"), static_cast<double>(vocabulary));
    }
    const Names &names() const { return m_names; }

    Result<QJsonValue> fill(const QJsonValue &value, int depth = 0) const
    {
        if (depth > kTemplateDepth)
            return fail(ErrorCode::Corrupt, tr("The architecture's template is nested too deeply."));
        if (value.isString())
            return fillText(value.toString());
        if (value.isArray()) {
            QJsonArray filled;
            for (const QJsonValue &entry : value.toArray()) {
                ATHANOR_ASSIGN(const bool stands, isWanted(entry));
                if (!stands)
                    continue;
                ATHANOR_ASSIGN(const QJsonValue part, fill(entry, depth + 1));
                filled.append(part);
            }
            return QJsonValue(filled);
        }
        if (!value.isObject())
            return value;
        QJsonObject filled;
        const QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it) {
            if (it.key() == QLatin1String("when"))
                continue;
            ATHANOR_ASSIGN(const QJsonValue part, fill(*it, depth + 1));
            filled.insert(it.key(), part);
        }
        return QJsonValue(filled);
    }

private:
    // An entry of a list with "when": an expression that is 0 leaves it out.
    Result<bool> isWanted(const QJsonValue &entry) const
    {
        const QString when = entry.toObject().value(QLatin1String("when")).toString();
        if (when.isEmpty())
            return true;
        ATHANOR_ASSIGN(const double value, evaluate(when, m_names));
        return value != 0;
    }

    Result<QJsonValue> fillText(const QString &text) const
    {
        if (!text.startsWith(QLatin1String("${")) || !text.endsWith(QLatin1Char('}')))
            return QJsonValue(text);
        const QString expression = text.mid(2, text.size() - 3);
        const QString name = singleName(expression);
        if (!name.isEmpty() && m_choices.contains(name))
            return m_choices.value(name);
        ATHANOR_ASSIGN(const double value, evaluate(expression, m_names));
        return QJsonValue(value);
    }

    QJsonObject m_choices;
    Names m_names;
};

bool divides(double divisor, double number)
{
    return divisor >= 1 && std::floor(divisor) == divisor && std::fmod(number, divisor) == 0;
}

// Up to four values near `start` for which `works`, in ascending order.
template <typename Works> QString nearby(double start, Works works)
{
    std::vector<qint64> found;
    const auto center = static_cast<qint64>(std::clamp(start, 1.0, kMostNumbers));
    for (qint64 distance = 1; distance <= 4096 && found.size() < 4; ++distance) {
        if (center > distance && works(static_cast<double>(center - distance)))
            found.push_back(center - distance);
        if (works(static_cast<double>(center + distance)))
            found.push_back(center + distance);
    }
    std::sort(found.begin(), found.end());
    QStringList texts;
    for (qint64 value : found)
        texts += QString::number(value);
    return texts.join(QStringLiteral(", "));
}

QString titleOf(const plugin::Metadata &metadata, const QString &key)
{
    const plugin::Parameter *parameter = metadata.parameters.find(key);
    return parameter ? parameter->title : key;
}

// {"divisor": expression, "number": expression, "unless": expression, "text": "%1 … %2"}
Status checkDivides(const plugin::Metadata &metadata, const QJsonObject &check, const Names &names)
{
    const QString unless = check.value(QLatin1String("unless")).toString();
    if (!unless.isEmpty()) {
        ATHANOR_ASSIGN(const double skipped, evaluate(unless, names));
        if (skipped != 0)
            return {};
    }
    const QString divisorText = check.value(QLatin1String("divisor")).toString();
    const QString numberText = check.value(QLatin1String("number")).toString();
    ATHANOR_ASSIGN(const double divisor, evaluate(divisorText, names));
    ATHANOR_ASSIGN(const double number, evaluate(numberText, names));
    if (divides(divisor, number))
        return {};
    QStringList hints;
    if (const QString name = singleName(divisorText); !name.isEmpty())
        hints += tr("%1 that would work: %2.")
                     .arg(titleOf(metadata, name), nearby(divisor, [number](double value) { return value <= number && divides(value, number); }));
    if (const QString name = singleName(numberText); !name.isEmpty())
        hints += tr("%1 that would work: %2.")
                     .arg(titleOf(metadata, name), nearby(number, [divisor](double value) { return divides(divisor, value); }));
    if (const QString hint = check.value(QLatin1String("hint")).toString(); !hint.isEmpty())
        hints += hint;
    // A text may name only one of the two, which QString::arg() would not allow.
    QString text = check.value(QLatin1String("text")).toString();
    text.replace(QLatin1String("%1"), QString::number(divisor, 'g', 10)).replace(QLatin1String("%2"), QString::number(number, 'g', 10));
    return fail(ErrorCode::InvalidInput, text, hints.join(QLatin1Char(' ')));
}

Result<const plugin::Metadata *> findArchitecture(const plugin::Catalogue &plugins, const QString &id)
{
    const plugin::Metadata *metadata = plugins.find(id);
    if (metadata && metadata->kind == QLatin1String("architecture"))
        return metadata;
    QStringList known;
    for (const plugin::Metadata *entry : offeredArchitectures(plugins))
        known += entry->id;
    return fail(ErrorCode::NotFound, tr("There is no architecture named “%1”.").arg(id),
                tr("Known are: %1.").arg(known.join(QStringLiteral(", "))));
}

// What the family is trained for: the first installed objective that it names; one that is also a choice of the family
// (BERT's next_sentence) where that choice is on.
QString objectiveFor(const plugin::Catalogue &plugins, const plugin::Metadata &architecture, const QJsonObject &values)
{
    QString usual;
    for (const QString &id : objectivesOf(plugins, architecture)) {
        const QString choice = id.section(QLatin1Char('.'), 1);
        const bool isChosen = values.value(choice).toBool();
        if (isChosen || (usual.isEmpty() && !values.contains(choice)))
            usual = id;
    }
    return usual;
}

}  // namespace

Result<QJsonObject> expandArchitecture(const plugin::Catalogue &plugins, const QString &architectureId,
                                       const QJsonObject &choices, qint64 vocabulary)
{
    ATHANOR_ASSIGN(const plugin::Metadata *metadata, findArchitecture(plugins, architectureId));
    if (vocabulary < 1 || vocabulary > kLargestVocabulary)
        return fail(ErrorCode::InvalidInput, tr("A vocabulary of %1 tokens cannot be used.").arg(vocabulary),
                    tr("It must lie between 1 and %1.").arg(kLargestVocabulary));
    ATHANOR_ASSIGN(const QJsonObject values, metadata->parameters.validate(choices));
    const Template pattern(values, vocabulary);
    for (const QJsonValue &check : metadata->all.value(QLatin1String("checks")).toArray())
        ATHANOR_TRY(checkDivides(*metadata, check.toObject(), pattern.names()));
    QJsonObject source = metadata->all.value(QLatin1String("template")).toObject();
    ATHANOR_ASSIGN(const QJsonValue filled, pattern.fill(source));
    QJsonObject architecture = filled.toObject();
    architecture.insert(QStringLiteral("format"), kArchitectureFormat);
    architecture.insert(QStringLiteral("architecture"), architectureId);
    architecture.insert(QStringLiteral("name"), metadata->title);
    architecture.insert(QStringLiteral("choices"), values);
    const QString objective = objectiveFor(plugins, *metadata, values);
    if (!objective.isEmpty() && objective != QLatin1String("objective.next_token"))
        architecture.insert(QStringLiteral("objective"), objective);
    ATHANOR_ASSIGN(const std::vector<LayerUse> layers, walkLayers(plugins, architecture));
    Q_UNUSED(layers)
    return architecture;
}

}  // namespace athanor::model
