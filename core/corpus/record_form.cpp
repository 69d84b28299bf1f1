#include "core/corpus/record_form.h"

#include "core/corpus/problem.h"
#include "core/corpus/record_json.h"
#include "core/corpus/record_settings.h"

#include <QCoreApplication>

#include <functional>

namespace athanor::corpus {

namespace {

constexpr qsizetype kMostColumnsNamed = 30;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString quoted(const QStringList &names)
{
    QStringList first = names.mid(0, kMostColumnsNamed);
    if (names.size() > kMostColumnsNamed)
        first += QStringLiteral("…");
    return QStringLiteral("“%1”").arg(first.join(QStringLiteral("”, “")));
}

bool isText(const RecordJson &value) { return value.is_string(); }
bool isLabel(const RecordJson &value) { return value.is_string() || value.is_number() || value.is_boolean(); }
bool isTurn(const RecordJson &value) { return value.is_string() || value.is_array(); }
bool isListOf(const RecordJson &value, const char *key)
{
    return value.is_array() && !value.empty() && value.front().is_object() && value.front().contains(key);
}
bool isMessages(const RecordJson &value) { return isListOf(value, "role"); }
bool isShareGpt(const RecordJson &value) { return isListOf(value, "from") && value.front().contains("value"); }

struct Column {
    const char *what;
    QStringList usual;             // names, the first that is there counts
    bool (*fits)(const RecordJson &);
    bool isRequired = true;
};
struct Format {
    const char *name;
    std::vector<Column> columns;
};

const Column kSystem{"system", {QStringLiteral("system"), QStringLiteral("system_prompt")}, isText, false};
const Column kTools{"tools", {QStringLiteral("tools")}, nullptr, false};

QStringList names(const char *list) { return QString::fromLatin1(list).split(QLatin1Char(' ')); }

const std::vector<Format> &formats()
{
    static const std::vector<Format> all{
        {"messages", {{"messages", names("messages conversations conversation"), isMessages}, kSystem, kTools}},
        {"sharegpt", {{"messages", names("conversations conversation messages"), isShareGpt}, kSystem, kTools}},
        {"alpaca", {{"instruction", names("instruction"), isText}, {"input", names("input"), isText, false},
                    {"output", names("output"), isText}, kSystem}},
        {"prompt", {{"prompt", names("prompt question query input instruction"), isTurn},
                    {"completion", names("completion response answer output"), isTurn}, kSystem, kTools}},
        {"labels", {{"text", names("text sentence content"), isText}, {"label", names("label labels category class"), isLabel}}},
    };
    return all;
}

// Pairs of names that belong together: “question” and “output” of one record need not.
const std::vector<std::pair<QString, QString>> &questionPairs()
{
    const auto pair = [](const char *a, const char *b) { return std::pair{QString::fromLatin1(a), QString::fromLatin1(b)}; };
    static const std::vector<std::pair<QString, QString>> pairs{
        pair("prompt", "completion"), pair("prompt", "response"), pair("prompt", "answer"), pair("prompt", "output"),
        pair("question", "answer"), pair("question", "response"), pair("query", "response"), pair("query", "answer"),
        pair("instruction", "response"), pair("input", "output")};
    return pairs;
}

class Finder {
public:
    Finder(const std::vector<QByteArray> &records, const QJsonObject &settings)
        : m_mapped(settings.value(QLatin1String("columns")).toObject()), m_wanted(settings.value(QLatin1String("format")).toString())
    {
        for (const QByteArray &record : records) {
            RecordJson object = parseRecordJson(record);
            if (!object.is_object())
                continue;
            for (const auto &[key, value] : object.items())
                if (!m_present.contains(nameOf(key)))
                    m_present += nameOf(key);
            m_records.push_back(std::move(object));
        }
    }

    Result<RecordForm> find() const;

private:
    // The column is there, and what stands in the first record that has it is of the right kind.
    bool holds(const QString &name, const Column &column) const
    {
        for (const RecordJson &record : m_records) {
            const RecordJson *value = entryOf(record, name);
            if (value && !value->is_null())
                return !column.fits || column.fits(*value);
        }
        return false;
    }
    bool isMapped(const Format &format) const
    {
        const QStringList mapped = m_mapped.keys();
        return std::all_of(mapped.begin(), mapped.end(), [&](const QString &what) {
            return std::any_of(format.columns.begin(), format.columns.end(), [&](const Column &c) { return what == QLatin1String(c.what); });
        });
    }
    std::vector<RecordForm> waysOf(const Format &format) const;
    std::vector<RecordForm> candidates() const;
    Error nothingFits() const;
    Error missing(const Format &format) const;
    Error several(const std::vector<RecordForm> &found) const;
    QString present() const { return m_present.isEmpty() ? tr("none") : quoted(m_present); }

    QJsonObject m_mapped;
    QString m_wanted;
    std::vector<RecordJson> m_records;
    QStringList m_present;
};

/// The ways in which the records can be taken for this format: none, one, or (for questions and answers) several.
std::vector<RecordForm> Finder::waysOf(const Format &format) const
{
    RecordForm form;
    form.format = QLatin1String(format.name);
    QStringList open;
    for (const Column &column : format.columns) {
        const QString what = QLatin1String(column.what);
        const QString mapped = m_mapped.value(what).toString();
        if (!mapped.isEmpty()) {
            if (!m_present.contains(mapped))
                return {};
            form.columns[what] = mapped;
            continue;
        }
        for (const QString &name : column.usual)
            if (!form.columns.contains(what) && !form.columns.values().contains(name) && holds(name, column))
                form.columns[what] = name;
        if (!form.columns.contains(what) && column.isRequired)
            return {};
        if (column.isRequired)
            open += what;
    }
    if (form.format != QLatin1String("prompt") || open.size() < 2)
        return {form};
    std::vector<RecordForm> ways;
    for (const auto &[question, answer] : questionPairs()) {
        if (!holds(question, format.columns[0]) || !holds(answer, format.columns[1]))
            continue;
        RecordForm way = form;
        way.columns[QStringLiteral("prompt")] = question;
        way.columns[QStringLiteral("completion")] = answer;
        ways.push_back(std::move(way));
    }
    return ways.empty() && m_wanted == QLatin1String(format.name) ? std::vector<RecordForm>{form} : ways;
}

std::vector<RecordForm> Finder::candidates() const
{
    std::vector<RecordForm> found;
    for (const Format &format : formats()) {
        const bool isAsked = m_wanted == QLatin1String(format.name) || (m_wanted == QLatin1String("auto") && isMapped(format));
        if (isAsked)
            for (RecordForm &form : waysOf(format))
                found.push_back(std::move(form));
    }
    // An instruction with its output is no second thing when the same columns are questions and answers, too.
    const auto alpaca = std::find_if(found.begin(), found.end(), [](const RecordForm &form) { return form.format == QLatin1String("alpaca"); });
    if (alpaca == found.end())
        return found;
    const QStringList own = alpaca->columns.values();
    std::erase_if(found, [&](const RecordForm &form) {
        return form.format == QLatin1String("prompt") && own.contains(form.columns.value(QStringLiteral("completion")))
               && own.contains(form.columns.value(QStringLiteral("prompt")));
    });
    return found;
}

const QString &mappingHint()
{
    static const QString hint = tr("Say which columns hold what, as “--records prompt --column prompt=NAME --column completion=NAME” or "
                                   "“--records labels --column text=NAME --column label=NAME”; in the window: How the records are written.");
    return hint;
}

Error Finder::nothingFits() const
{
    return problem(QStringLiteral("format"), tr("Its records have no form that is known; their columns are: %1.").arg(present()), mappingHint());
}

Error Finder::missing(const Format &format) const
{
    QStringList wanted;
    for (const Column &column : format.columns) {
        const QString what = QLatin1String(column.what);
        const QString mapped = m_mapped.value(what).toString();
        if (!mapped.isEmpty() ? !m_present.contains(mapped) : column.isRequired && std::none_of(column.usual.begin(), column.usual.end(), [&](const QString &name) {
                return holds(name, column);
            }))
            wanted += mapped.isEmpty() ? tr("%1 (usually called %2)").arg(what, column.usual.join(QStringLiteral(", "))) : tr("%1, mapped to “%2”").arg(what, mapped);
    }
    return problem(QStringLiteral("columns"),
                   tr("For “%1” a column is missing: %2. The columns are: %3.")
                       .arg(recordFormatTitle(QLatin1String(format.name)), wanted.join(QStringLiteral("; ")), present()),
                   tr("Map it with “--column WHAT=NAME”, or choose another format."));
}

Error Finder::several(const std::vector<RecordForm> &found) const
{
    QStringList ways;
    for (const RecordForm &form : found)
        ways += tr("“%1” (%2)").arg(recordFormatTitle(form.format), form.columns.values().join(QStringLiteral(", ")));
    return problem(QStringLiteral("columns"),
                   tr("Its records could be read as %1. The columns are: %2.").arg(ways.join(tr(" or ")), present()), mappingHint());
}

Result<RecordForm> Finder::find() const
{
    std::vector<RecordForm> found = candidates();
    if (found.size() > 1)
        return fail(several(found));
    if (found.empty()) {
        for (const Format &format : formats())
            if (m_wanted == QLatin1String(format.name))
                return fail(missing(format));
        const auto mapped = std::find_if(formats().begin(), formats().end(), [this](const Format &format) { return isMapped(format); });
        return fail(m_mapped.isEmpty() || mapped == formats().end() ? nothingFits() : missing(*mapped));
    }
    RecordForm form = std::move(found.front());
    const QString columns = quoted(form.columns.values());
    form.why = m_wanted == QLatin1String("auto")
                   ? tr("the first %1 records have the columns %2").arg(m_records.size()).arg(columns)
                   : tr("chosen; the columns are %1").arg(columns);
    return form;
}

}  // namespace

QJsonObject RecordForm::toJson() const
{
    QJsonObject names;
    for (auto it = columns.begin(); it != columns.end(); ++it)
        names.insert(it.key(), it.value());
    return {{QStringLiteral("format"), format}, {QStringLiteral("columns"), names}, {QStringLiteral("why"), why}};
}

Result<RecordForm> recordFormOf(const std::vector<QByteArray> &records, const QJsonObject &settings)
{
    return Finder(records, settings).find();
}

}  // namespace athanor::corpus
