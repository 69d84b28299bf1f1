#include "plugins/filter/gopher_quality/gopher_quality.h"

#include "core/base/format.h"
#include "core/text/language.h"
#include "core/text/segment.h"

#include <QCoreApplication>

#include <limits>
#include <set>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Limits {
    double mostLinks, leastMeanWord, mostMeanWord, mostSymbols, mostBullets, mostEllipses, leastLetters;
    int leastStopWords;
};

struct Measures {
    qint64 words = 0, characters = 0, symbols = 0, lettered = 0;
    qint64 lines = 0, bullets = 0, ellipses = 0;

    double perWord(qint64 count) const { return words > 0 ? double(count) / double(words) : 0; }
    double perLine(qint64 count) const { return lines > 0 ? double(count) / double(lines) : 0; }
};

// Nobody asks for more of them: "least_stop_words" is at most this.
constexpr size_t kMostStopWords = 20;

constexpr char kEllipsis[] = "\xe2\x80\xa6";

bool isLetter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || static_cast<signed char>(c) < 0;
}

void measureWord(QByteArrayView word, Measures &measures)
{
    bool hasLetter = false;
    for (qsizetype i = 0; i < word.size(); ++i) {
        const char c = word[i];
        measures.characters += (static_cast<unsigned char>(c) & 0xc0) != 0x80;
        hasLetter = hasLetter || isLetter(c);
        measures.symbols += c == '#';
        measures.symbols += c == '.' && i >= 2 && word[i - 1] == '.' && word[i - 2] == '.' && (i < 3 || word[i - 3] != '.');
    }
    measures.symbols += word.indexOf(QByteArrayView(kEllipsis)) >= 0;
    measures.lettered += hasLetter;
}

void measureLines(QByteArrayView text, Measures &measures)
{
    for (const QByteArrayView whole : text::lines(text)) {
        const QByteArrayView line = text::trimmed(whole);
        if (line.isEmpty())
            continue;
        ++measures.lines;
        measures.bullets += line.startsWith("- ") || line.startsWith("* ") || line.startsWith("\xe2\x80\xa2");
        measures.ellipses += line.endsWith("...") || line.endsWith(kEllipsis);
    }
}

/// Different stop words among the words, up to kMostStopWords.
size_t countStopWords(const std::vector<QByteArrayView> &words, const QList<QByteArray> &list)
{
    const std::set<QByteArrayView> wanted(list.begin(), list.end());
    std::set<QByteArray> found;
    for (const QByteArrayView word : words) {
        if (word.size() > 12)
            continue;
        const QByteArray lower = word.toByteArray().toLower();
        if (wanted.count(lower) > 0 && found.insert(lower).second && found.size() >= kMostStopWords)
            break;
    }
    return found.size();
}

QString percent(double share)
{
    return QStringLiteral("%1 %").arg(share * 100, 0, 'f', 0);
}

class QualityRun final : public FilterRun {
public:
    explicit QualityRun(const Limits &limits) : m_limits(limits) {}

    Signals measure(const DocumentView &document) const override
    {
        const auto words = text::words(document.text);
        Measures measures;
        measures.words = static_cast<qint64>(words.size());
        for (const QByteArrayView word : words)
            measureWord(word, measures);
        measureLines(document.text, measures);
        Signals found{{QStringLiteral("symbols"), measures.perWord(measures.symbols)},
                      {QStringLiteral("bullets"), measures.perLine(measures.bullets)},
                      {QStringLiteral("ellipses"), measures.perLine(measures.ellipses)}};
        if (measures.words > 0) {
            found[QStringLiteral("mean_word")] = measures.perWord(measures.characters);
            found[QStringLiteral("lettered")] = measures.perWord(measures.lettered);
        }
        if (const auto &list = text::stopWords(document.language); !list.isEmpty())
            found[QStringLiteral("stop_words")] = static_cast<double>(countStopWords(words, list));
        return found;
    }

    Judgement judge(const Signals &measured, const Signals &facts) const override
    {
        const auto value = [&](const char *key) { return measured.value(QLatin1String(key), kAbsent); };
        const double links = facts.value(QStringLiteral("link_share"), kAbsent), mean = value("mean_word"), symbols = value("symbols"),
                     bullets = value("bullets"), ellipses = value("ellipses"), letters = value("lettered"), stopWords = value("stop_words");
        if (links > m_limits.mostLinks)
            return out("links", tr("Almost only links"), tr("links: %1 of the text (limit %2)").arg(percent(links), percent(m_limits.mostLinks)));
        if (mean < m_limits.leastMeanWord)
            return out("short_words", tr("Words too short"), tr("average word: %1 characters (at least %2)").arg(formatReal(mean, 3), formatReal(m_limits.leastMeanWord)));
        if (mean > m_limits.mostMeanWord)
            return out("long_words", tr("Words too long"), tr("average word: %1 characters (limit %2)").arg(formatReal(mean, 3), formatReal(m_limits.mostMeanWord)));
        if (symbols > m_limits.mostSymbols)
            return out("symbols", tr("Too many symbols"), tr("symbols: %1 per word (limit %2)").arg(formatReal(symbols, 2), formatReal(m_limits.mostSymbols)));
        if (bullets > m_limits.mostBullets)
            return out("bullets", tr("Only list items"), tr("list items: %1 of the lines (limit %2)").arg(percent(bullets), percent(m_limits.mostBullets)));
        if (ellipses > m_limits.mostEllipses)
            return out("ellipses", tr("Lines cut off"), tr("lines ending in an ellipsis: %1 (limit %2)").arg(percent(ellipses), percent(m_limits.mostEllipses)));
        if (letters < m_limits.leastLetters)
            return out("letters", tr("Hardly any words"), tr("words with a letter: %1 (at least %2)").arg(percent(letters), percent(m_limits.leastLetters)));
        if (stopWords < m_limits.leastStopWords)
            return out("stop_words", tr("No sentences"), tr("different function words: %1 (at least %2)").arg(int(stopWords)).arg(m_limits.leastStopWords));
        return {};
    }

private:
    static constexpr double kAbsent = std::numeric_limits<double>::quiet_NaN();  // neither above nor below a limit

    static Judgement out(const char *rule, const QString &title, const QString &detail)
    {
        return {false, QLatin1String(rule), title, detail};
    }

    Limits m_limits;
};

}  // namespace

Result<std::unique_ptr<FilterRun>> GopherQualityFilter::start(const QJsonObject &settings) const
{
    const auto real = [&](const char *key) { return settings.value(QLatin1String(key)).toDouble(); };
    return std::make_unique<QualityRun>(Limits{real("most_links"), real("least_mean_word"), real("most_mean_word"), real("most_symbols"),
                                               real("most_bullets"), real("most_ellipses"), real("least_letters"),
                                               settings.value(QLatin1String("least_stop_words")).toInt()});
}

}  // namespace athanor::corpus
