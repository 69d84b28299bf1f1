#include "core/command/arguments.h"

#include <QCoreApplication>
#include <QLocale>

#include <algorithm>

namespace athanor::command {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

const Option *findOption(const QList<Option> &options, const QString &name)
{
    const auto found = std::find_if(options.begin(), options.end(), [&](const Option &o) { return o.name == name; });
    return found == options.end() ? nullptr : &*found;
}

QString knownOptions(const QList<Option> &options)
{
    QStringList names;
    for (const Option &option : options)
        names += QStringLiteral("--") + option.name;
    return names.join(QStringLiteral(", "));
}

Status checkCount(qsizetype count, int least, int most)
{
    if (count < least)
        return fail(ErrorCode::InvalidInput, tr("Something is missing after the command."));
    if (most >= 0 && count > most)
        return fail(ErrorCode::InvalidInput, count == most + 1 ? tr("There is one word too many.") : tr("There are %1 words too many.").arg(count - most),
                    tr("Names with spaces go in quotes."));
    return {};
}

}  // namespace

Result<Arguments> Arguments::parse(const QStringList &words, const QList<Option> &options, int least, int most)
{
    Arguments result;
    bool optionsEnded = false;
    for (qsizetype i = 0; i < words.size(); ++i) {
        const QString &word = words[i];
        if (optionsEnded || !word.startsWith(QLatin1String("--"))) {
            result.m_words += word;
            continue;
        }
        if (word == QLatin1String("--")) {
            optionsEnded = true;
            continue;
        }
        const qsizetype equals = word.indexOf(QLatin1Char('='));
        const QString name = word.mid(2, equals < 0 ? -1 : equals - 2);
        const Option *option = findOption(options, name);
        if (!option)
            return fail(ErrorCode::InvalidInput, tr("There is no option --%1 here.").arg(name),
                        tr("Known are: %1.").arg(knownOptions(options)));
        if (result.has(name) && !option->repeatable)
            return fail(ErrorCode::InvalidInput, tr("The option --%1 stands twice.").arg(name));
        if (option->value.isEmpty()) {
            if (equals >= 0)
                return fail(ErrorCode::InvalidInput, tr("The option --%1 takes no value.").arg(name));
            result.m_values[name] += QString();
            continue;
        }
        if (equals < 0 && (i + 1 >= words.size() || words[i + 1].startsWith(QLatin1String("--"))))
            return fail(ErrorCode::InvalidInput, tr("The option --%1 needs a value: %2.").arg(name, option->doc.isEmpty() ? option->value : option->doc),
                        i + 1 < words.size() ? tr("A value that begins with “--” is written as --%1=%2.").arg(name, words[i + 1]) : QString());
        result.m_values[name] += equals < 0 ? words[++i] : word.mid(equals + 1);
    }
    ATHANOR_TRY(checkCount(result.m_words.size(), least, most));
    return result;
}

QString Arguments::value(const QString &option, const QString &otherwise) const
{
    const auto found = m_values.find(option);
    return found == m_values.end() ? otherwise : found->last();
}

Result<qint64> Arguments::integer(const QString &option, qint64 otherwise, qint64 least, qint64 most) const
{
    if (!has(option))
        return otherwise;
    bool ok = false;
    const qint64 number = value(option).toLongLong(&ok);
    if (!ok || number < least || number > most)
        return fail(ErrorCode::InvalidInput, tr("--%1 cannot be “%2”.").arg(option, value(option)),
                    tr("Give a whole number from %1 to %2.").arg(least).arg(most));
    return number;
}

Result<double> Arguments::real(const QString &option, double otherwise, double least, double most) const
{
    if (!has(option))
        return otherwise;
    bool ok = false;
    const double number = QLocale::c().toDouble(value(option), &ok);
    if (!ok || !(number >= least && number <= most))
        return fail(ErrorCode::InvalidInput, tr("--%1 cannot be “%2”.").arg(option, value(option)),
                    tr("Give a number from %1 to %2, with a decimal point.").arg(least).arg(most));
    return number;
}

}  // namespace athanor::command
