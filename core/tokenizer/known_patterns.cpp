#include "core/tokenizer/known_patterns.h"

#include "core/tokenizer/text_pattern.h"
#include "core/tokenizer/unicode_classes.h"

namespace athanor::tokenizer {

namespace {

using namespace classes;

constexpr std::uint16_t kSolid = kLetter | kNumber | kSpace;
constexpr std::uint16_t kUpperRun = kUpper | kOtherLetter | kMark;
constexpr std::uint16_t kLowerRun = kLower | kOtherLetter | kMark;

bool isBreak(char c)
{
    return c == '\r' || c == '\n';
}

// The end of the run of characters that have one of the classes (or none of them).
enum class Has { OneOf, NoneOf };
template <Has has> const char *runEnd(const UnicodeClasses &table, const char *at, const char *end, std::uint16_t wanted)
{
    while (at < end) {
        std::size_t length = 1;
        const std::uint16_t found = table.next(at, end, length);
        if (((found & wanted) != 0) != (has == Has::OneOf))
            break;
        at += length;
    }
    return at;
}

// 's 't 're 've 'm 'll 'd after `at`, which is an apostrophe; null when there is none.
const char *contraction(const char *at, const char *end, bool anyCase)
{
    if (end - at < 2)
        return nullptr;
    const char fold = anyCase ? 0x20 : 0;
    const char a = static_cast<char>(at[1] | fold);
    if (a == 's' || a == 't' || a == 'm' || a == 'd')
        return at + 2;
    if (end - at < 3)
        return nullptr;
    if (anyCase && at[1] == '\xC5' && at[2] == '\xBF')  // the long s
        return at + 3;
    const char b = static_cast<char>(at[2] | fold);
    return (a == 'r' && b == 'e') || (a == 'v' && b == 'e') || (a == 'l' && b == 'l') ? at + 3 : nullptr;
}

// \s+(?!\S)|\s+: all of a run of spaces but the last, which stays with the word after it.
const char *spaces(const UnicodeClasses &table, const char *at, const char *end)
{
    const char *last = at;
    const char *run = at;
    while (run < end) {
        std::size_t length = 1;
        if (!(table.next(run, end, length) & kSpace))
            break;
        last = run;
        run += length;
    }
    return run == end || last == at ? run : last;
}

// \s*[\r\n]+|\s+(?!\S)|\s+: a run of spaces up to its last line break.
const char *spacesByLine(const UnicodeClasses &table, const char *at, const char *end)
{
    const char *lineEnd = nullptr;
    const char *last = at;
    const char *run = at;
    while (run < end) {
        std::size_t length = 1;
        if (!(table.next(run, end, length) & kSpace))
            break;
        last = run;
        run += length;
        if (isBreak(*last))
            lineEnd = run;
    }
    if (lineEnd)
        return lineEnd;
    return run == end || last == at ? run : last;
}

const char *gpt2(const char *at, const char *end)
{
    const UnicodeClasses &table = UnicodeClasses::get();
    if (*at == '\'')
        if (const char *suffix = contraction(at, end, false))
            return suffix;
    const char *word = *at == ' ' && at + 1 < end ? at + 1 : at;
    std::size_t length = 1;
    const std::uint16_t found = table.next(word, end, length);
    if (found & kLetter)
        return runEnd<Has::OneOf>(table, word + length, end, kLetter);
    if (found & kNumber)
        return runEnd<Has::OneOf>(table, word + length, end, kNumber);
    if (!(found & kSpace))
        return runEnd<Has::NoneOf>(table, word + length, end, kSolid);
    return spaces(table, at, end);
}

const char *digits(const UnicodeClasses &table, const char *at, const char *end, int most)
{
    for (int count = 0; count < most && at < end; ++count) {
        std::size_t length = 1;
        if (!(table.next(at, end, length) & kNumber))
            break;
        at += length;
    }
    return at;
}

//  ?[^\s\p{L}\p{N}]+ and then line breaks (and slashes); null when nothing of it stands at `at`.
const char *symbols(const UnicodeClasses &table, const char *at, const char *end, std::uint16_t solid, bool takesSlashes)
{
    const char *first = *at == ' ' && at + 1 < end ? at + 1 : at;
    std::size_t length = 1;
    if (table.next(first, end, length) & solid)
        return nullptr;
    const char *run = runEnd<Has::NoneOf>(table, first + length, end, solid);
    while (run < end && (isBreak(*run) || (takesSlashes && *run == '/')))
        ++run;
    return run;
}

// Llama 3 (digits in threes) and Qwen2 (digits alone); in Qwen3.5 marks count as letters.
template <int most, std::uint16_t letters> const char *llama3(const char *at, const char *end)
{
    const UnicodeClasses &table = UnicodeClasses::get();
    if (*at == '\'')
        if (const char *suffix = contraction(at, end, true))
            return suffix;
    std::size_t length = 1;
    const std::uint16_t found = table.next(at, end, length);
    if (found & letters)
        return runEnd<Has::OneOf>(table, at + length, end, letters);
    if (found & kNumber)
        return digits(table, at, end, most);
    if (!isBreak(*at) && at + length < end) {
        std::size_t second = 1;
        if (table.next(at + length, end, second) & letters)
            return runEnd<Has::OneOf>(table, at + length + second, end, letters);
    }
    if (const char *run = symbols(table, at, end, kSolid | letters, false))
        return run;
    return spacesByLine(table, at, end);
}

// [upper]*[lower]+ from `at`, or null. Letters without case and marks are in both sets.
const char *lowerWord(const UnicodeClasses &table, const char *at, const char *end)
{
    const char *lastBoth = nullptr;
    while (at < end) {
        std::size_t length = 1;
        const std::uint16_t found = table.next(at, end, length);
        if (!(found & kUpperRun))
            return found & kLowerRun ? runEnd<Has::OneOf>(table, at + length, end, kLowerRun) : lastBoth;
        at += length;
        if (found & kLowerRun)
            lastBoth = at;
    }
    return lastBoth;
}

const char *upperWord(const UnicodeClasses &table, const char *at, const char *end)
{
    const char *run = runEnd<Has::OneOf>(table, at, end, kUpperRun);
    return run == at ? nullptr : run;
}

// A word in the manner of o200k and tekken: cut where capitals follow small letters.
const char *casedWord(const UnicodeClasses &table, const char *at, const char *end)
{
    std::size_t length = 1;
    const std::uint16_t found = table.next(at, end, length);
    const char *after = !(found & (kLetter | kNumber)) && !isBreak(*at) && at + length < end ? at + length : nullptr;
    for (const auto part : {lowerWord, upperWord}) {
        if (after)
            if (const char *word = part(table, after, end))
                return word;
        if (const char *word = part(table, at, end))
            return word;
    }
    return nullptr;
}

template <int most, bool hasContractions> const char *o200k(const char *at, const char *end)
{
    const UnicodeClasses &table = UnicodeClasses::get();
    if (const char *word = casedWord(table, at, end)) {
        const char *suffix = hasContractions && word < end && *word == '\'' ? contraction(word, end, true) : nullptr;
        return suffix ? suffix : word;
    }
    std::size_t length = 1;
    if (table.next(at, end, length) & kNumber)
        return digits(table, at, end, most);
    if (const char *run = symbols(table, at, end, kSolid, true))
        return run;
    return spacesByLine(table, at, end);
}

}  // namespace

PatternStep knownPattern(const QString &expression)
{
    static const std::pair<QLatin1String, PatternStep> kKnown[] = {
        {QLatin1String(kGpt2Expression), gpt2}, {QLatin1String(kLlama3Expression), llama3<3, kLetter>},
        {QLatin1String(kQwen2Expression), llama3<1, kLetter>}, {QLatin1String(kQwen35Expression), llama3<1, kLetter | kMark>},
        {QLatin1String(kTekkenExpression), o200k<1, false>}, {QLatin1String(kO200kExpression), o200k<3, true>},
    };
    for (const auto &[known, step] : kKnown)
        if (expression == known)
            return step;
    return nullptr;
}

}  // namespace athanor::tokenizer
