#include "plugins/filter/gopher_repetition/gopher_repetition.h"

#include "plugins/filter/gopher_repetition/repetition.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Rule {
    QString rule;
    QString title;   // of the reason
    QString what;    // "2-grams"
    double limit = 1;
    double (*value)(const Repetition &);
};

QString percent(double share)
{
    return QString::number(share * 100, 'f', 0);
}

constexpr size_t kFirstRepeated = 5;  // words

class RepetitionRun final : public FilterRun {
public:
    explicit RepetitionRun(const QJsonObject &settings)
    {
        const auto limit = [&](const char *key) { return settings.value(QLatin1String(key)).toDouble(1); };
        m_rules = {{QStringLiteral("lines"), tr("Repeats its lines"), tr("lines"), limit("duplicate_lines"), [](const Repetition &r) { return r.duplicateLines; }},
                   {QStringLiteral("paragraphs"), tr("Repeats its paragraphs"), tr("paragraphs"), limit("duplicate_paragraphs"), [](const Repetition &r) { return r.duplicateParagraphs; }},
                   {QStringLiteral("line_text"), tr("Text in repeated lines"), tr("text in lines"), limit("duplicate_line_text"), [](const Repetition &r) { return r.duplicateLineText; }},
                   {QStringLiteral("paragraph_text"), tr("Text in repeated paragraphs"), tr("text in paragraphs"), limit("duplicate_paragraph_text"), [](const Repetition &r) { return r.duplicateParagraphText; }},
                   {QStringLiteral("top_2"), tr("Two words again and again"), tr("2-grams"), limit("top_2"), [](const Repetition &r) { return r.top[0]; }},
                   {QStringLiteral("top_3"), tr("Three words again and again"), tr("3-grams"), limit("top_3"), [](const Repetition &r) { return r.top[1]; }},
                   {QStringLiteral("top_4"), tr("Four words again and again"), tr("4-grams"), limit("top_4"), [](const Repetition &r) { return r.top[2]; }}};
        const double first = limit("repeated_5"), last = limit("repeated_10");
        for (size_t i = 0; i < m_repeatedLimits.size(); ++i)
            m_repeatedLimits[i] = first + (last - first) * double(i) / double(m_repeatedLimits.size() - 1);
    }

    Signals measure(const DocumentView &document) const override
    {
        const Repetition repetition = measureRepetition(document.text);
        Signals found;
        for (const Rule &rule : m_rules)
            found[keyOf(rule.rule)] = rule.value(repetition);
        for (size_t i = 0; i < m_repeatedLimits.size(); ++i)
            found[keyOf(QString::number(i + kFirstRepeated))] = repetition.repeated[i];
        return found;
    }

    Judgement judge(const Signals &measured, const Signals &) const override
    {
        for (const Rule &rule : m_rules)
            if (const double value = measured.value(keyOf(rule.rule)); value > rule.limit)
                return repeats(rule.rule, rule.title, rule.what, value, rule.limit);
        for (size_t i = 0; i < m_repeatedLimits.size(); ++i) {
            const QString n = QString::number(i + kFirstRepeated);
            if (const double value = measured.value(keyOf(n)); value > m_repeatedLimits[i])
                return repeats(QStringLiteral("repeated"), tr("Repeats word for word"), tr("%1-grams").arg(n), value, m_repeatedLimits[i]);
        }
        return {};
    }

private:
    static QString keyOf(const QString &rule) { return QStringLiteral("repeats_") + rule; }

    static Judgement repeats(const QString &rule, const QString &title, const QString &what, double value, double limit)
    {
        return {false, rule, title, tr("repeats: %1 %2 % (limit %3)").arg(what, percent(value), percent(limit))};
    }

    std::vector<Rule> m_rules;
    std::array<double, 6> m_repeatedLimits{};
};

}  // namespace

Result<std::unique_ptr<FilterRun>> GopherRepetitionFilter::start(const QJsonObject &settings) const
{
    return std::make_unique<RepetitionRun>(settings);
}

}  // namespace athanor::corpus
