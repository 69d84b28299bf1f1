#include "core/text/language.h"

#include "core/text/segment.h"
#include "core/text/stop_words.h"
#include "core/text/utf8.h"

#include <QHash>
#include <QSet>

#include <algorithm>
#include <array>
#include <unicode/uchar.h>
#include <unicode/uscript.h>

namespace athanor::text {

namespace {

constexpr qsizetype kSampleBytes = 16 << 10;
constexpr qsizetype kLongestStopWord = 24;  // bytes; longer words are counted, not looked up
constexpr int kLeastHits = 2;  // different words of more than one letter: lists of letters are no language
constexpr double kLeastShare = 0.04;

/// Scripts that one language of the list uses: the script is the answer.
struct ScriptLanguage {
    UScriptCode script;
    const char *language;
};
constexpr ScriptLanguage kScriptLanguages[] = {
    {USCRIPT_GREEK, "el"},  {USCRIPT_HEBREW, "he"},  {USCRIPT_HANGUL, "ko"},   {USCRIPT_THAI, "th"},
    {USCRIPT_HIRAGANA, "ja"}, {USCRIPT_KATAKANA, "ja"}, {USCRIPT_HAN, "zh"},   {USCRIPT_DEVANAGARI, "hi"},
    {USCRIPT_BENGALI, "bn"}, {USCRIPT_TAMIL, "ta"},  {USCRIPT_GEORGIAN, "ka"}, {USCRIPT_ARMENIAN, "hy"},
};

using ScriptCounts = QHash<int, qint64>;

bool isWordByte(unsigned char byte)
{
    return byte >= 0x80 || (byte >= 'a' && byte <= 'z') || (byte >= 'A' && byte <= 'Z') || byte == '\'';
}

QByteArray sampleOf(QByteArrayView text)
{
    if (text.size() <= 2 * kSampleBytes)
        return text.toByteArray();
    QByteArray sample = text.first(kSampleBytes).toByteArray();
    sample += ' ';
    sample += text.sliced(text.size() / 2, kSampleBytes).toByteArray();
    return sample;
}

ScriptCounts countScripts(QByteArrayView sample)
{
    ScriptCounts counts;
    qint64 latin = 0;
    for (qsizetype i = 0; i < sample.size();) {
        const CodePoint point = decodeAt(sample, i);
        i += point.length;
        if (point.value < 0x80) {
            latin += (point.value | 0x20) >= 'a' && (point.value | 0x20) <= 'z';
            continue;
        }
        if (!point.valid || !u_isalpha(static_cast<UChar32>(point.value)))
            continue;
        UErrorCode status = U_ZERO_ERROR;
        ++counts[uscript_getScript(static_cast<UChar32>(point.value), &status)];
    }
    if (latin > 0)
        counts[USCRIPT_LATIN] += latin;
    counts.remove(USCRIPT_COMMON);
    counts.remove(USCRIPT_INHERITED);
    return counts;
}

/// Japanese mixes Han with kana, and a few kana decide; Latin letters stand in every technical text.
int mainScript(const ScriptCounts &counts)
{
    const qint64 kana = counts.value(USCRIPT_HIRAGANA) + counts.value(USCRIPT_KATAKANA);
    if (kana > 0 && kana * 20 > counts.value(USCRIPT_HAN) && (kana + counts.value(USCRIPT_HAN)) * 3 > counts.value(USCRIPT_LATIN))
        return USCRIPT_HIRAGANA;
    int best = USCRIPT_COMMON;
    qint64 most = 0;
    for (auto it = counts.begin(); it != counts.end(); ++it) {
        const qint64 weight = it.key() == USCRIPT_LATIN ? it.value() / 3 + 1 : it.value();
        if (weight > most || (weight == most && it.key() < best)) {
            most = weight;
            best = it.key();
        }
    }
    return best;
}

/// The word in small letters, as a hash: looked up for every word of every document, so nothing is allocated for ASCII.
quint64 keyOf(QByteArrayView word)
{
    char lower[kLongestStopWord];
    for (qsizetype i = 0; i < word.size(); ++i) {
        const char c = word[i];
        if (static_cast<signed char>(c) < 0)
            return hash64(QString::fromUtf8(word).toLower().toUtf8());
        lower[i] = c >= 'A' && c <= 'Z' ? static_cast<char>(c | 0x20) : c;
    }
    return hash64(QByteArrayView(lower, word.size()));
}

const QHash<quint64, QList<int>> &wordTable()
{
    static const QHash<quint64, QList<int>> table = [] {
        QHash<quint64, QList<int>> made;
        int number = 0;
        for (const StopWordList &list : kStopWords) {
            for (const QByteArray &word : QByteArray(list.words).split(' '))
                if (word.size() <= kLongestStopWord)
                    made[keyOf(word)].append(number);
            ++number;
        }
        return made;
    }();
    return table;
}

LanguageGuess byStopWords(QByteArrayView sample, const QString &script)
{
    constexpr size_t kLists = std::size(kStopWords);
    std::array<int, kLists> hits{}, different{};
    QSet<quint64> seen;
    int total = 0;
    for (qsizetype i = 0; i < sample.size();) {
        const qsizetype start = i;
        while (i < sample.size() && isWordByte(static_cast<unsigned char>(sample[i])))
            ++i;
        if (i == start) {
            ++i;
            continue;
        }
        ++total;
        const QByteArrayView word = sample.sliced(start, i - start);
        if (word.size() > kLongestStopWord)
            continue;
        const quint64 key = keyOf(word);
        const auto found = wordTable().constFind(key);
        if (found == wordTable().constEnd())
            continue;
        const bool isNew = !seen.contains(key);
        if (isNew)
            seen.insert(key);
        for (const int list : *found) {
            if (script != QLatin1String(kStopWords[list].script))
                continue;
            ++hits[static_cast<size_t>(list)];
            different[static_cast<size_t>(list)] += isNew && word.size() > 1;
        }
    }
    const auto best = std::max_element(hits.begin(), hits.end());
    const double share = total > 0 ? double(*best) / total : 0;
    if (different[static_cast<size_t>(best - hits.begin())] < kLeastHits || share < kLeastShare)
        return {QStringLiteral("und"), script, share};
    return {QString::fromLatin1(kStopWords[best - hits.begin()].language), script, share};
}

}  // namespace

LanguageGuess guessLanguage(QByteArrayView text)
{
    const QByteArray sample = sampleOf(text);
    const int script = mainScript(countScripts(sample));
    const QString scriptName = QString::fromLatin1(uscript_getShortName(static_cast<UScriptCode>(script)));
    for (const ScriptLanguage &entry : kScriptLanguages)
        if (entry.script == script)
            return {QString::fromLatin1(entry.language), scriptName, 1};
    return byStopWords(sample, scriptName);
}

const QList<QByteArray> &stopWords(const QString &language)
{
    static const QHash<QString, QList<QByteArray>> table = [] {
        QHash<QString, QList<QByteArray>> made;
        for (const StopWordList &list : kStopWords)
            made[QString::fromLatin1(list.language)] = QByteArray(list.words).split(' ');
        return made;
    }();
    static const QList<QByteArray> none;
    const auto found = table.constFind(language);
    return found == table.constEnd() ? none : *found;
}

QStringList knownLanguages()
{
    QStringList languages;
    for (const StopWordList &list : kStopWords)
        languages += QString::fromLatin1(list.language);
    for (const ScriptLanguage &entry : kScriptLanguages)
        languages += QString::fromLatin1(entry.language);
    languages.removeDuplicates();
    return languages;
}

}  // namespace athanor::text
