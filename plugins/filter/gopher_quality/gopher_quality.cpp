#include "plugins/filter/gopher_quality/gopher_quality.h"

#include "core/base/format.h"
#include "core/text/language.h"
#include "core/text/segment.h"

#include <QCoreApplication>

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
    size_t stopWords = 0;
    bool asksStopWords = false;

    double perWord(qint64 count) const { return words > 0 ? double(count) / double(words) : 0; }
    double perLine(qint64 count) const { return lines > 0 ? double(count) / double(lines) : 0; }
};

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

/// Different stop words among the words; stops looking once `enough` were found.
size_t countStopWords(const std::vector<QByteArrayView> &words, const QList<QByteArray> &list, size_t enough)
{
    const std::set<QByteArrayView> wanted(list.begin(), list.end());
    std::set<QByteArray> found;
    for (const QByteArrayView word : words) {
        if (word.size() > 12)
            continue;
        const QByteArray lower = word.toByteArray().toLower();
        if (wanted.count(lower) > 0 && found.insert(lower).second && found.size() >= enough)
            break;
    }
    return found.size();
}

Measures measure(const DocumentView &document, int leastStopWords)
{
    Measures measures;
    const auto words = text::words(document.text);
    measures.words = static_cast<qint64>(words.size());
    for (const QByteArrayView word : words)
        measureWord(word, measures);
    measureLines(document.text, measures);
    const auto &list = text::stopWords(document.language);
    measures.asksStopWords = !list.isEmpty() && leastStopWords > 0;
    if (measures.asksStopWords)
        measures.stopWords = countStopWords(words, list, static_cast<size_t>(leastStopWords));
    return measures;
}

QString percent(double share)
{
    return QStringLiteral("%1 %").arg(share * 100, 0, 'f', 0);
}

class QualityRun final : public FilterRun {
public:
    explicit QualityRun(const Limits &limits) : m_limits(limits) {}

    Judgement judge(const DocumentView &document) const override
    {
        const Measures measures = measure(document, m_limits.leastStopWords);
        Judgement judgement = compare(measures, document.facts->value(QStringLiteral("link_share"), 0));
        judgement.measured = {{QStringLiteral("mean_word"), measures.perWord(measures.characters)},
                              {QStringLiteral("symbols"), measures.perWord(measures.symbols)},
                              {QStringLiteral("lettered"), measures.perWord(measures.lettered)},
                              {QStringLiteral("bullets"), measures.perLine(measures.bullets)},
                              {QStringLiteral("ellipses"), measures.perLine(measures.ellipses)}};
        return judgement;
    }

private:
    static Judgement out(const char *rule, const QString &title, const QString &detail)
    {
        return {false, QLatin1String(rule), title, detail, {}};
    }

    Judgement compare(const Measures &m, double links) const
    {
        const double mean = m.perWord(m.characters);
        if (links > m_limits.mostLinks)
            return out("links", tr("Almost only links"), tr("links: %1 of the text (limit %2)").arg(percent(links), percent(m_limits.mostLinks)));
        if (m.words > 0 && mean < m_limits.leastMeanWord)
            return out("short_words", tr("Words too short"), tr("average word: %1 characters (at least %2)").arg(formatReal(mean, 3), formatReal(m_limits.leastMeanWord)));
        if (mean > m_limits.mostMeanWord)
            return out("long_words", tr("Words too long"), tr("average word: %1 characters (limit %2)").arg(formatReal(mean, 3), formatReal(m_limits.mostMeanWord)));
        if (m.perWord(m.symbols) > m_limits.mostSymbols)
            return out("symbols", tr("Too many symbols"), tr("symbols: %1 per word (limit %2)").arg(formatReal(m.perWord(m.symbols), 2), formatReal(m_limits.mostSymbols)));
        if (m.perLine(m.bullets) > m_limits.mostBullets)
            return out("bullets", tr("Only list items"), tr("list items: %1 of the lines (limit %2)").arg(percent(m.perLine(m.bullets)), percent(m_limits.mostBullets)));
        if (m.perLine(m.ellipses) > m_limits.mostEllipses)
            return out("ellipses", tr("Lines cut off"), tr("lines ending in an ellipsis: %1 (limit %2)").arg(percent(m.perLine(m.ellipses)), percent(m_limits.mostEllipses)));
        if (m.words > 0 && m.perWord(m.lettered) < m_limits.leastLetters)
            return out("letters", tr("Hardly any words"), tr("words with a letter: %1 (at least %2)").arg(percent(m.perWord(m.lettered)), percent(m_limits.leastLetters)));
        if (m.asksStopWords && m.stopWords < static_cast<size_t>(m_limits.leastStopWords))
            return out("stop_words", tr("No sentences"), tr("different function words: %1 (at least %2)").arg(m.stopWords).arg(m_limits.leastStopWords));
        return {};
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
