#include "core/tokenizer/json_pretokenizer.h"

#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/known_patterns.h"
#include "core/tokenizer/unicode_classes.h"

#include <algorithm>

namespace athanor::tokenizer {

namespace {

using json::tr;
using StepPointer = std::shared_ptr<const PreTokenizerStep>;

enum class Behavior { Removed, Isolated, MergedWithPrevious, MergedWithNext, Contiguous };

struct Part {
    TextSpan span;
    bool isMatch;
};

// The parts of one piece, as the behaviour puts them together.
void arrange(std::vector<Part> &parts, Behavior behavior, std::vector<TextSpan> &out)
{
    const std::size_t before = out.size();
    bool wasMatch = false;
    switch (behavior) {
    case Behavior::Removed:
        for (const Part &part : parts)
            if (!part.isMatch)
                out.push_back(part.span);
        return;
    case Behavior::Isolated:
        for (const Part &part : parts)
            out.push_back(part.span);
        return;
    case Behavior::Contiguous:
        for (const Part &part : parts) {
            if (out.size() > before && part.isMatch == wasMatch)
                out.back().end = part.span.end;
            else
                out.push_back(part.span);
            wasMatch = part.isMatch;
        }
        return;
    case Behavior::MergedWithPrevious:
        for (const Part &part : parts) {
            if (part.isMatch && !wasMatch && out.size() > before)
                out.back().end = part.span.end;
            else
                out.push_back(part.span);
            wasMatch = part.isMatch;
        }
        return;
    case Behavior::MergedWithNext:
        for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
            if (part->isMatch && !wasMatch && out.size() > before)
                out.back().begin = part->span.begin;
            else
                out.push_back(part->span);
            wasMatch = part->isMatch;
        }
        std::reverse(out.begin() + static_cast<std::ptrdiff_t>(before), out.end());
        return;
    }
}

// cut(begin, end, add) names the parts of each piece in order by add(begin, end, isMatch).
template <typename Cut> void cutPieces(PreTokens &tokens, Behavior behavior, Cut cut)
{
    thread_local std::vector<TextSpan> result;
    thread_local std::vector<Part> parts;
    result.clear();
    const char *base = tokens.text.data();
    for (const TextSpan &piece : tokens.pieces) {
        parts.clear();
        cut(base + piece.begin, base + piece.end, [&](const char *from, const char *to, bool isMatch) {
            if (from < to)
                parts.push_back({{from - base, to - base}, isMatch});
        });
        arrange(parts, behavior, result);
    }
    tokens.pieces.swap(result);
}

// A hand-written matcher that covers all text and sets each match apart needs no list of parts.
class WordStep final : public PreTokenizerStep {
public:
    explicit WordStep(PatternStep step) : m_step(step) {}
    void apply(PreTokens &tokens) const override
    {
        thread_local std::vector<TextSpan> result;
        result.clear();
        const char *base = tokens.text.data();
        for (const TextSpan &piece : tokens.pieces)
            for (const char *at = base + piece.begin; at < base + piece.end;) {
                const char *next = m_step(at, base + piece.end);
                result.push_back({at - base, next - base});
                at = next;
            }
        tokens.pieces.swap(result);
    }

private:
    PatternStep m_step;
};

class SplitStep final : public PreTokenizerStep {
public:
    SplitStep(std::shared_ptr<const TextPattern> pattern, Behavior behavior, bool inverted)
        : m_pattern(std::move(pattern)), m_behavior(behavior), m_inverted(inverted)
    {
    }
    void apply(PreTokens &tokens) const override
    {
        thread_local std::vector<TextSpan> matches;
        cutPieces(tokens, m_behavior, [this](const char *begin, const char *end, const auto &add) {
            matches.clear();
            m_pattern->find(QByteArrayView(begin, end - begin), matches);
            const char *done = begin;
            for (const TextSpan &match : matches) {
                add(done, begin + match.begin, m_inverted);
                add(begin + match.begin, begin + match.end, !m_inverted);
                done = begin + match.end;
            }
            add(done, end, m_inverted);
        });
    }

private:
    std::shared_ptr<const TextPattern> m_pattern;
    Behavior m_behavior;
    bool m_inverted;
};

// Characters of a class are the matches, each on its own.
class ClassStep final : public PreTokenizerStep {
public:
    ClassStep(std::uint16_t wanted, Behavior behavior) : m_wanted(wanted), m_behavior(behavior) {}
    void apply(PreTokens &tokens) const override
    {
        const UnicodeClasses &table = UnicodeClasses::get();
        cutPieces(tokens, m_behavior, [&](const char *begin, const char *end, const auto &add) {
            const char *done = begin;
            for (const char *at = begin; at < end;) {
                std::size_t length = 1;
                if (table.next(at, end, length) & m_wanted) {
                    add(done, at, false);
                    add(at, at + length, true);
                    done = at + length;
                }
                at += length;
            }
            add(done, end, false);
        });
    }

private:
    std::uint16_t m_wanted;
    Behavior m_behavior;
};

// White space goes, punctuation stands alone.
class BertStep final : public PreTokenizerStep {
public:
    void apply(PreTokens &tokens) const override
    {
        const UnicodeClasses &table = UnicodeClasses::get();
        thread_local std::vector<TextSpan> result;
        result.clear();
        const char *base = tokens.text.data();
        for (const TextSpan &piece : tokens.pieces) {
            const char *word = base + piece.begin;
            const char *end = base + piece.end;
            const auto close = [&](const char *at) {
                if (word < at)
                    result.push_back({word - base, at - base});
            };
            const char *at = word;
            while (at < end) {
                std::size_t length = 1;
                const std::uint16_t found = table.next(at, end, length);
                if (found & (classes::kSpace | classes::kPunctuation)) {
                    close(at);
                    if (!(found & classes::kSpace))
                        result.push_back({at - base, at - base + static_cast<qsizetype>(length)});
                    word = at + length;
                }
                at += length;
            }
            close(end);
        }
        tokens.pieces.swap(result);
    }
};

// \w+|[^\w\s]+
class WhitespaceStep final : public PreTokenizerStep {
public:
    void apply(PreTokens &tokens) const override
    {
        const UnicodeClasses &table = UnicodeClasses::get();
        const auto kindOf = [](std::uint16_t found) { return found & classes::kWord ? 1 : found & classes::kSpace ? 0 : 2; };
        cutPieces(tokens, Behavior::Isolated, [&](const char *begin, const char *end, const auto &add) {
            for (const char *at = begin; at < end;) {
                std::size_t length = 1;
                const int kind = kindOf(table.next(at, end, length));
                const char *run = at + length;
                while (run < end && kindOf(table.next(run, end, length)) == kind)
                    run += length;
                if (kind != 0)
                    add(at, run, true);
                at = run;
            }
        });
    }
};

// Digits of text that ByteLevel has made letters of: those of ASCII, and the bytes whose letters are ² ³ ¹ ¼ ½ ¾.
class ByteDigitStep final : public PreTokenizerStep {
public:
    explicit ByteDigitStep(Behavior behavior) : m_behavior(behavior) {}
    void apply(PreTokens &tokens) const override
    {
        cutPieces(tokens, m_behavior, [](const char *begin, const char *end, const auto &add) {
            for (const char *at = begin; at < end; ++at)
                add(at, at + 1, isDigit(static_cast<std::uint8_t>(*at)));
        });
    }

private:
    static bool isDigit(std::uint8_t byte)
    {
        return (byte >= '0' && byte <= '9') || byte == 0xB2 || byte == 0xB3 || byte == 0xB9 || (byte >= 0xBC && byte <= 0xBE);
    }
    Behavior m_behavior;
};

// [0-9][0-9][0-9], each set apart: the one expression that stands after ByteLevel (in Falcon's files).
constexpr char kThreeDigits[] = "[0-9][0-9][0-9]";
class ThreeDigitStep final : public PreTokenizerStep {
public:
    void apply(PreTokens &tokens) const override
    {
        cutPieces(tokens, Behavior::Isolated, [](const char *begin, const char *end, const auto &add) {
            const auto isDigit = [](char c) { return c >= '0' && c <= '9'; };
            const char *done = begin;
            for (const char *at = begin; end - at >= 3;) {
                if (!std::all_of(at, at + 3, isDigit)) {
                    ++at;
                    continue;
                }
                add(done, at, false);
                add(at, at + 3, true);
                done = at += 3;
            }
            add(done, end, false);
        });
    }
};

enum class Prepend { Always, First, Never };

// Rewrites every piece: optionally something before it, and each space replaced.
class RewriteStep final : public PreTokenizerStep {
public:
    RewriteStep(QByteArray space, Prepend prepend, bool replaces) : m_space(std::move(space)), m_prepend(prepend), m_replaces(replaces) {}
    void apply(PreTokens &tokens) const override
    {
        QByteArray out;
        out.reserve(tokens.text.size() + tokens.text.size() / 2 + 8);
        for (TextSpan &piece : tokens.pieces) {
            const QByteArrayView text = tokens.text.sliced(piece.begin, piece.end - piece.begin);
            const qsizetype begin = out.size();
            const bool hasSpace = text.startsWith(m_space) || (m_replaces && text.startsWith(' '));
            const bool isFirst = tokens.isStart && piece.begin == 0;
            if (!hasSpace && (m_prepend == Prepend::Always || (m_prepend == Prepend::First && isFirst)))
                out += m_space;
            if (!m_replaces) {
                out += text;
            } else {
                qsizetype done = 0;
                for (qsizetype at = text.indexOf(' '); at >= 0; at = text.indexOf(' ', at + 1)) {
                    out += text.sliced(done, at - done);
                    out += m_space;
                    done = at + 1;
                }
                out += text.sliced(done);
            }
            piece = {begin, out.size()};
        }
        tokens.owned = std::move(out);
        tokens.text = tokens.owned;
    }

private:
    QByteArray m_space;
    Prepend m_prepend;
    bool m_replaces;
};

// Cuts before each mark of a space; the first of a run of them takes the rest of the run along.
class MarkStep final : public PreTokenizerStep {
public:
    explicit MarkStep(QByteArray mark) : m_mark(std::move(mark)) {}
    void apply(PreTokens &tokens) const override
    {
        cutPieces(tokens, Behavior::MergedWithNext, [this](const char *begin, const char *end, const auto &add) {
            const QByteArrayView text(begin, end - begin);
            qsizetype done = 0;
            for (qsizetype at = text.indexOf(m_mark); at >= 0; at = text.indexOf(m_mark, at + m_mark.size())) {
                add(begin + done, begin + at, false);
                done = at + m_mark.size();
                add(begin + at, begin + done, true);
            }
            add(begin + done, end, false);
        });
    }

private:
    QByteArray m_mark;
};

Result<Behavior> behaviorOf(const QJsonObject &object)
{
    const QString name = object.value(QLatin1String("behavior")).toString(QStringLiteral("Isolated"));
    static const std::pair<const char *, Behavior> kNames[] = {{"Removed", Behavior::Removed},
                                                               {"Isolated", Behavior::Isolated},
                                                               {"MergedWithPrevious", Behavior::MergedWithPrevious},
                                                               {"MergedWithNext", Behavior::MergedWithNext},
                                                               {"Contiguous", Behavior::Contiguous}};
    for (const auto &[known, behavior] : kNames)
        if (name == QLatin1String(known))
            return behavior;
    return json::unknownType(tr("behaviour"), name);
}

class Builder {
public:
    std::vector<StepPointer> steps;
    bool isByteLevel = false;
    bool addsSpace = false;
    bool keepsText = true;

    Status add(const QJsonObject &object)
    {
        const QString type = object.value(QLatin1String("type")).toString();
        if (isByteLevel)
            return addAfterBytes(object, type);
        using Adder = Status (Builder::*)(const QJsonObject &);
        static const std::pair<const char *, Adder> kAdders[] = {
            {"ByteLevel", &Builder::addByteLevel},       {"Split", &Builder::addSplit},       {"Digits", &Builder::addDigits},
            {"Punctuation", &Builder::addPunctuation},   {"Metaspace", &Builder::addMetaspace}, {"BertPreTokenizer", &Builder::addBert},
            {"Whitespace", &Builder::addWhitespace},     {"WhitespaceSplit", &Builder::addWhitespaceSplit},
            {"CharDelimiterSplit", &Builder::addDelimiter}};
        for (const auto &[name, adder] : kAdders)
            if (type == QLatin1String(name))
                return (this->*adder)(object);
        return json::unknownType(tr("pre-tokenizer"), type);
    }

private:
    template <typename Step, typename... Arguments> void push(Arguments &&...arguments)
    {
        steps.push_back(std::make_shared<Step>(std::forward<Arguments>(arguments)...));
    }
    Status addAfterBytes(const QJsonObject &object, const QString &type)
    {
        const QJsonObject pattern = object.value(QLatin1String("pattern")).toObject();
        const bool isThree = type == QLatin1String("Split") && pattern.value(QLatin1String("Regex")) == QLatin1String(kThreeDigits)
                             && object.value(QLatin1String("behavior")) == QLatin1String("Isolated");
        if (type == QLatin1String("Digits")) {
            ATHANOR_ASSIGN(const bool single, json::flag(object, "individual_digits", false));
            push<ByteDigitStep>(single ? Behavior::Isolated : Behavior::Contiguous);
        } else if (isThree) {
            push<ThreeDigitStep>();
        } else {
            return fail(ErrorCode::Unsupported, tr("Its pre-tokenizer “%1” follows ByteLevel, which is not supported.").arg(type.left(80)));
        }
        return {};
    }
    Status addByteLevel(const QJsonObject &object)
    {
        ATHANOR_ASSIGN(const bool adds, json::flag(object, "add_prefix_space", true));
        ATHANOR_ASSIGN(const bool cuts, json::flag(object, "use_regex", true));
        if (adds) {
            push<RewriteStep>(QByteArrayLiteral(" "), Prepend::Always, false);
            addsSpace = true;
            keepsText = false;
        }
        if (cuts)
            push<WordStep>(knownPattern(QLatin1String(kGpt2Expression)));
        isByteLevel = true;
        return {};
    }
    Status addSplit(const QJsonObject &object)
    {
        ATHANOR_ASSIGN(const Behavior behavior, behaviorOf(object));
        ATHANOR_ASSIGN(const bool inverted, json::flag(object, "invert", false));
        const QJsonValue pattern = object.value(QLatin1String("pattern"));
        const PatternStep known = knownPattern(pattern.toObject().value(QLatin1String("Regex")).toString());
        // All of the text is matches: each alone, or each "removed" from what does not match, inverted.
        if (known && (behavior == Behavior::Isolated || (behavior == Behavior::Removed && inverted))) {
            push<WordStep>(known);
            return {};
        }
        ATHANOR_ASSIGN(std::shared_ptr<const TextPattern> compiled, makeTextPattern(pattern));
        keepsText = keepsText && behavior != Behavior::Removed;
        push<SplitStep>(std::move(compiled), behavior, inverted);
        return {};
    }
    Status addDigits(const QJsonObject &object)
    {
        ATHANOR_ASSIGN(const bool single, json::flag(object, "individual_digits", false));
        push<ClassStep>(classes::kNumber, single ? Behavior::Isolated : Behavior::Contiguous);
        return {};
    }
    Status addPunctuation(const QJsonObject &object)
    {
        ATHANOR_ASSIGN(const Behavior behavior, behaviorOf(object));
        keepsText = keepsText && behavior != Behavior::Removed;
        push<ClassStep>(classes::kPunctuation, behavior);
        return {};
    }
    Status addMetaspace(const QJsonObject &object)
    {
        ATHANOR_ASSIGN(const QByteArray mark, json::text(object, "replacement", "\xE2\x96\x81"));
        ATHANOR_ASSIGN(const bool adds, json::flag(object, "add_prefix_space", true));
        ATHANOR_ASSIGN(const bool cuts, json::flag(object, "split", true));
        ATHANOR_ASSIGN(const QByteArray scheme, json::text(object, "prepend_scheme", adds ? "always" : "never"));
        if (mark.isEmpty() || (scheme != "always" && scheme != "first" && scheme != "never"))
            return json::corrupt(tr("Its Metaspace has no replacement, or the unknown scheme “%1”.").arg(QString::fromUtf8(scheme)));
        const Prepend prepend = scheme == "always" ? Prepend::Always : scheme == "first" ? Prepend::First : Prepend::Never;
        push<RewriteStep>(mark, prepend, true);
        if (cuts)
            push<MarkStep>(mark);
        keepsText = false;
        return {};
    }
    Status addBert(const QJsonObject &)
    {
        push<BertStep>();
        keepsText = false;
        return {};
    }
    Status addWhitespace(const QJsonObject &)
    {
        push<WhitespaceStep>();
        keepsText = false;
        return {};
    }
    Status addWhitespaceSplit(const QJsonObject &)
    {
        push<ClassStep>(classes::kSpace, Behavior::Removed);
        keepsText = false;
        return {};
    }
    Status addDelimiter(const QJsonObject &object)
    {
        QJsonObject pattern{{QStringLiteral("String"), object.value(QLatin1String("delimiter"))}};
        ATHANOR_ASSIGN(std::shared_ptr<const TextPattern> compiled, makeTextPattern(pattern));
        push<SplitStep>(std::move(compiled), Behavior::Removed, false);
        keepsText = false;
        return {};
    }
};

}  // namespace

Result<JsonPreTokenizer> JsonPreTokenizer::create(const QJsonValue &value)
{
    std::vector<QJsonObject> parts;
    ATHANOR_TRY(json::flatten(value, "pretokenizers", parts));
    ATHANOR_TRY(json::checkGrowth(parts));
    Builder builder;
    for (const QJsonObject &part : parts)
        ATHANOR_TRY(builder.add(part));
    JsonPreTokenizer made;
    made.m_steps = std::move(builder.steps);
    made.m_isByteLevel = builder.isByteLevel;
    made.m_addsSpace = builder.addsSpace;
    made.m_keepsText = builder.keepsText;
    return made;
}

}  // namespace athanor::tokenizer
