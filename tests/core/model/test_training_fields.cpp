// Every field of training, of every method, with every kind of bad value: refused with the field, the range and the unit.
#include "core/model/mixture.h"
#include "core/model/parameter_groups.h"
#include "core/model/training_settings.h"
#include "tests/core/model/fixture.h"

#include <limits>

using namespace athanor;
using namespace athanor::model;

namespace {

constexpr double kNotANumber = std::numeric_limits<double>::quiet_NaN(), kInfinity = std::numeric_limits<double>::infinity();

bool isNumber(const plugin::Parameter &parameter)
{
    return parameter.type == plugin::ParameterType::Integer || parameter.type == plugin::ParameterType::Real;
}

/// What a program could hand over.
QList<QJsonValue> badValues(const plugin::Parameter &parameter)
{
    QList<QJsonValue> values{QJsonValue(), QJsonArray{1}, QJsonObject{{QStringLiteral("a"), 1}}};
    if (parameter.type == plugin::ParameterType::Boolean)
        return values + QList<QJsonValue>{1, 0.5, QStringLiteral("true"), QString()};
    if (!isNumber(parameter))
        return values + QList<QJsonValue>{1, true, kNotANumber, parameter.type == plugin::ParameterType::Choice ? QJsonValue(QStringLiteral("no such choice")) : QJsonValue(false)};
    const bool isWhole = parameter.type == plugin::ParameterType::Integer;
    values += {true, QString(), QStringLiteral("1"), QStringLiteral("many"), kNotANumber, kInfinity, -kInfinity, 1e308, -1e308};
    values += isWhole ? *parameter.minimum - 1 : std::nextafter(*parameter.minimum, -kInfinity);
    values += isWhole ? *parameter.maximum + 1 : std::nextafter(*parameter.maximum, kInfinity);
    return isWhole ? values + QList<QJsonValue>{*parameter.minimum + 0.5} : values;
}

/// What a person could write behind `--set key=`.
QStringList badTexts(const plugin::Parameter &parameter)
{
    switch (parameter.type) {
    case plugin::ParameterType::Boolean: return {QString(), QStringLiteral("maybe"), QStringLiteral("2"), QStringLiteral("TRUE ")};
    case plugin::ParameterType::Choice: return {QString(), QStringLiteral("no such choice"), QString(100000, QLatin1Char('x'))};
    case plugin::ParameterType::Integer:
    case plugin::ParameterType::Real:
        return {QString(), QStringLiteral(" "), QStringLiteral("many"), QStringLiteral("nan"), QStringLiteral("inf"), QStringLiteral("-inf"), QStringLiteral("1e999"),
                QStringLiteral("-1e300"), QStringLiteral("0x10"), QStringLiteral("1,5"), QStringLiteral("8 sequences"), QStringLiteral("1e"), QStringLiteral("--1"),
                QString(400, QLatin1Char('9')), QString(100000, QLatin1Char('9'))};
    default: return {QString(100001, QLatin1Char('x'))};
    }
}

QString whatIsMissing(const plugin::Parameter &parameter, const Error &error, const QString &group)
{
    const auto lacks = [](const QString &text, const QString &part) { return !text.contains(part); };
    QStringList missing;
    if (error.code != ErrorCode::InvalidInput)
        missing += errorCodeName(error.code);
    if (lacks(error.message, QStringLiteral("“%1%2”").arg(group, parameter.key)))
        missing += QStringLiteral("the field");
    if (error.message.size() + error.hint.size() > 2000)
        missing += QStringLiteral("an end");
    if (isNumber(parameter))
        for (const double limit : {*parameter.minimum, *parameter.maximum})
            if (lacks(error.hint, plugin::limitText(parameter, limit)))
                missing += QStringLiteral("the limit %1").arg(limit);
    if (!parameter.unit.isEmpty() && lacks(error.hint, parameter.unit))
        missing += QStringLiteral("the unit %1").arg(parameter.unit);
    for (const plugin::Choice &choice : parameter.choices)
        if (lacks(error.hint, choice.value))
            missing += QStringLiteral("the choice %1").arg(choice.value);
    if (parameter.type == plugin::ParameterType::Boolean && lacks(error.message, QStringLiteral("true or false")))
        missing += QStringLiteral("what is expected");
    return missing.isEmpty() ? QString() : QStringLiteral("%1: “%2” “%3” lacks %4").arg(parameter.key, error.message.left(300), error.hint.left(300), missing.join(QStringLiteral(", ")));
}

}  // namespace

class TestTrainingFields : public QObject {
    Q_OBJECT

    const fixture::Plugins m_plugins;
    const plugin::MethodSettings m_settings = trainingSettings(m_plugins.catalogue);

    /// The usual methods, and each other one in turn.
    QList<QJsonObject> allChoices() const
    {
        QList<QJsonObject> all{{}};
        for (const plugin::Parameter &parameter : m_settings.plain().parameters())
            if (m_settings.choosesMethod(parameter.key))
                for (const plugin::Choice &choice : parameter.choices)
                    all += QJsonObject{{parameter.key, choice.value}};
        return all;
    }
    std::vector<plugin::Parameter> fieldsFor(const QJsonObject &choices) const { return m_settings.schemaFor(choices).parameters(); }
    static QStringList assignmentsOf(const QJsonObject &values)
    {
        QStringList assignments;
        for (auto it = values.begin(); it != values.end(); ++it)
            assignments += it.key() + QLatin1Char('=') + it->toString();
        return assignments;
    }

private Q_SLOTS:
    // A field that takes any number would refuse nothing.
    void everyNumberHasLimits()
    {
        int numbers = 0;
        for (const QJsonObject &choices : allChoices())
            for (const plugin::Parameter &parameter : fieldsFor(choices)) {
                numbers += isNumber(parameter);
                QVERIFY2(!isNumber(parameter) || (parameter.minimum && parameter.maximum && *parameter.minimum < *parameter.maximum), qPrintable(parameter.key));
            }
        QVERIFY(numbers > 300);
        for (const plugin::ParameterSchema *schema : {&teachingSchema(), &adapterSchema(), &learnsSchema()})
            for (const plugin::Parameter &parameter : schema->parameters())
                QVERIFY2(!isNumber(parameter) || (parameter.minimum && parameter.maximum), qPrintable(parameter.key));
    }

    void everyMethodIsWalked()
    {
        QStringList walked;
        for (const QJsonObject &choices : allChoices())
            for (const QJsonValue &value : choices)
                walked += value.toString();
        for (const char *kind : {"optimizer", "schedule", "initializer"})
            for (const plugin::Metadata *method : m_plugins.catalogue.ofKind(QLatin1String(kind)))
                QVERIFY2(walked.contains(method->id), qPrintable(method->id));
        QVERIFY2(walked.size() >= 16, qPrintable(walked.join(QLatin1Char(' '))));
    }

    void badValuesNameFieldRangeAndUnit()
    {
        QSet<QString> seen;
        for (QJsonObject choices : allChoices())
            for (const plugin::Parameter &parameter : fieldsFor(choices)) {
                if (seen.contains(plugin::meaningOf(parameter)))
                    continue;
                seen += plugin::meaningOf(parameter);
                for (const QJsonValue &bad : badValues(parameter)) {
                    QJsonObject values = choices;
                    values.insert(parameter.key, bad);
                    const auto read = m_settings.validate(values);
                    QVERIFY2(!read, qPrintable(QStringLiteral("%1 took %2").arg(parameter.key, plugin::valueText(bad))));
                    const QString missing = whatIsMissing(parameter, read.error(), {});
                    QVERIFY2(missing.isEmpty(), qPrintable(missing));
                }
            }
        QVERIFY2(seen.size() > 70, qPrintable(QString::number(seen.size())));
    }

    void badTextsOfTheCommandLineToo()
    {
        QSet<QString> seen;
        for (const QJsonObject &choices : allChoices())
            for (const plugin::Parameter &parameter : fieldsFor(choices)) {
                if (seen.contains(plugin::meaningOf(parameter)) || choices.contains(parameter.key))
                    continue;
                seen += plugin::meaningOf(parameter);
                for (const QString &bad : badTexts(parameter)) {
                    const auto read = parseTrainingAssignments(m_plugins.catalogue, assignmentsOf(choices) + QStringList{parameter.key + QLatin1Char('=') + bad});
                    QVERIFY2(!read, qPrintable(QStringLiteral("%1 took “%2”").arg(parameter.key, bad.left(80))));
                    const QString missing = whatIsMissing(parameter, read.error(), {});
                    QVERIFY2(missing.isEmpty(), qPrintable(missing));
                }
            }
    }

    void recordsAndAdaptersToo()
    {
        for (const auto &[schema, group] : {std::pair(&teachingSchema(), QStringLiteral("teaching.")), std::pair(&adapterSchema(), QStringLiteral("adapter."))})
            for (const plugin::Parameter &parameter : schema->parameters()) {
                for (const QJsonValue &bad : badValues(parameter)) {
                    const auto read = schema->validate({{parameter.key, bad}});
                    QVERIFY2(!read, qPrintable(parameter.key + plugin::valueText(bad)));
                    const QString missing = whatIsMissing(parameter, read.error(), {});
                    QVERIFY2(missing.isEmpty(), qPrintable(missing));
                }
                for (const QString &bad : badTexts(parameter)) {
                    const auto read = parseTrainingAssignments(m_plugins.catalogue, {group + parameter.key + QLatin1Char('=') + bad});
                    QVERIFY2(!read, qPrintable(QStringLiteral("%1 took “%2”").arg(parameter.key, bad.left(80))));
                    const QString missing = whatIsMissing(parameter, read.error(), group);
                    QVERIFY2(missing.isEmpty(), qPrintable(missing));
                }
            }
        for (const char *bad : {"learns=", "learns=chosen"}) {
            const auto read = parseTrainingAssignments(m_plugins.catalogue, {QLatin1String(bad)});
            QVERIFY2(!read && read.error().message.contains(QLatin1String(bad)) && read.error().hint.contains(QStringLiteral("head")), bad);
        }
    }

    // What a field may be can depend on the model.
    void aSequenceBeyondTheContextIsRefused()
    {
        const QJsonObject architecture = *expandArchitecture(m_plugins.catalogue, QStringLiteral("architecture.llama"), fixture::small(), 8192);
        const auto checked = [&](qint64 sequence) { return checkSequence({{QStringLiteral("sequence"), sequence}}, architecture); };
        for (const qint64 good : {0, 1, 255, 256})
            QVERIFY(checked(good));
        for (const qint64 bad : {257, 1048576}) {
            const Status refused = checked(bad);
            QVERIFY(!refused);
            QCOMPARE(refused.error().code, ErrorCode::InvalidInput);
            QCOMPARE(refused.error().message, QStringLiteral("“sequence” cannot be %1.").arg(bad));
            QVERIFY2(refused.error().hint.contains(QStringLiteral("at most 256 tokens, the model's context")), qPrintable(refused.error().hint));
        }
        QVERIFY(checkSequence({}, architecture));
        QVERIFY(checkSequence({{QStringLiteral("sequence"), 512}}, {}));  // an architecture that does not say: others refuse it
    }
    void aTaughtSequenceFitsTheContext()
    {
        for (const auto &[context, sequence] : {std::pair(0, 0), std::pair(256, 0), std::pair(512, 0), std::pair(513, 512), std::pair(8192, 512)})
            QCOMPARE(taughtSequence({{QStringLiteral("dimensions"), QJsonObject{{QStringLiteral("context"), context}}}}), qint64(sequence));
    }

    void keysThatAreNoneNameTheNearest()
    {
        for (const auto &[bad, hint] : {std::pair("lerning_rate=1", "learning_rate"), std::pair("bath=1", "batch"), std::pair("adapter.rnak=1", "rank"), std::pair("batch", "key=value"),
                                        std::pair("=1", "key=value"), std::pair("", "key=value"), std::pair("momentum=0.9", "optimizer.sgd"), std::pair("teaching.maxtokens=3", "maxTokens")}) {
            const auto read = parseTrainingAssignments(m_plugins.catalogue, {QLatin1String(bad)});
            QVERIFY2(!read, bad);
            QCOMPARE(read.error().code, ErrorCode::InvalidInput);
            QVERIFY2((read.error().message + read.error().hint).contains(QLatin1String(hint)), qPrintable(read.error().message + read.error().hint));
        }
    }

    // Numbers inside of texts have a field, a range and a unit as well.
    void numbersInsideGroupsAndMixtures()
    {
        for (const char *bad : {"tok: lr nan", "tok: lr -1", "tok: lr 1e9", "tok: lr", "tok: decay x", "tok: decay inf", "tok: decay 1001"}) {
            const auto read = parseParameterGroups(QLatin1String(bad));
            QVERIFY2(!read && read.error().message.contains(QStringLiteral("groups")) && read.error().hint.contains(QStringLiteral("0 to 1000")),
                     qPrintable(QLatin1String(bad) + (read ? QString() : read.error().message + read.error().hint)));
        }
        for (const char *bad : {"docs=nan", "docs=-1", "docs=1e300", "docs=", "docs=x", "docs=1; 0%: docs=2", "docs=1; 101%: docs=2", "docs=1; x%: docs=2"}) {
            const auto read = parseMixture(QLatin1String(bad), {{QStringLiteral("d01"), QStringLiteral("docs")}});
            QVERIFY2(!read && read.error().message.contains(QStringLiteral("mixture")), qPrintable(QLatin1String(bad) + (read ? QString() : read.error().message + read.error().hint)));
        }
    }
};

QTEST_GUILESS_MAIN(TestTrainingFields)
#include "test_training_fields.moc"
