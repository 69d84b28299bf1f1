#include "core/tokenizer/json_normalizer.h"

#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/text_pattern.h"
#include "core/tokenizer/unicode_classes.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>
#include <unicode/uchar.h>

#include <algorithm>

namespace athanor::tokenizer {

namespace {

using json::tr;
using StepPointer = std::shared_ptr<const NormalizerStep>;

bool isAscii(const QByteArray &text)
{
    return std::all_of(text.begin(), text.end(), [](char c) { return static_cast<std::uint8_t>(c) < 128; });
}

void appendCharacter(QByteArray &out, std::uint32_t code)
{
    if (code < 0x80) {
        out += static_cast<char>(code);
    } else if (code < 0x800) {
        out += static_cast<char>(0xC0 | code >> 6);
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else if (code < 0x10000) {
        out += static_cast<char>(0xE0 | code >> 12);
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    } else {
        out += static_cast<char>(0xF0 | code >> 18);
        out += static_cast<char>(0x80 | (code >> 12 & 0x3F));
        out += static_cast<char>(0x80 | (code >> 6 & 0x3F));
        out += static_cast<char>(0x80 | (code & 0x3F));
    }
}

// change(code, classes, out) for every character; a byte that begins none is kept.
template <typename Change> void eachCharacter(QByteArray &text, Change change)
{
    const UnicodeClasses &table = UnicodeClasses::get();
    QByteArray out;
    out.reserve(text.size() + text.size() / 8 + 8);
    const char *end = text.constData() + text.size();
    for (const char *at = text.constData(); at < end;) {
        const std::size_t valid = validCharacterLength(at, end);
        if (valid == 0) {
            out += *at++;
            continue;
        }
        const std::uint32_t code = codePoint(at, valid);
        change(code, table.of(code), out);
        at += valid;
    }
    text = std::move(out);
}

template <typename Change> class CharacterStep final : public NormalizerStep {
public:
    explicit CharacterStep(Change change) : m_change(std::move(change)) {}
    void apply(QByteArray &text) const override { eachCharacter(text, m_change); }

private:
    Change m_change;
};
template <typename Change> StepPointer characterStep(Change change)
{
    return std::make_shared<CharacterStep<Change>>(std::move(change));
}

class UnicodeForm final : public NormalizerStep {
public:
    explicit UnicodeForm(const icu::Normalizer2 *form) : m_form(form) {}
    // Stretches of valid UTF-8 are normalised; bytes between them stand as they are. So do characters that the
    // library's tables do not know yet: nothing moves across them.
    void apply(QByteArray &text) const override
    {
        if (isAscii(text))
            return;
        const UnicodeClasses &table = UnicodeClasses::get();
        std::string out;
        const char *end = text.constData() + text.size();
        for (const char *at = text.constData(); at < end;) {
            const char *known = at;
            std::size_t length = 1;
            while (known < end && (length = validCharacterLength(known, end)) > 0 && !(table.of(codePoint(known, length)) & classes::kRecent))
                known += length;
            icu::StringByteSink<std::string> sink(&out);
            UErrorCode status = U_ZERO_ERROR;
            m_form->normalizeUTF8(0, icu::StringPiece(at, static_cast<std::int32_t>(known - at)), sink, nullptr, status);
            length = known < end ? std::max<std::size_t>(length, 1) : 0;
            out.append(known, length);
            at = known + length;
        }
        text = QByteArray(out.data(), static_cast<qsizetype>(out.size()));
    }

private:
    const icu::Normalizer2 *m_form;
};

Result<StepPointer> makeForm(const QString &name)
{
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *form = name == QLatin1String("NFC")    ? icu::Normalizer2::getNFCInstance(status)
                                   : name == QLatin1String("NFD")  ? icu::Normalizer2::getNFDInstance(status)
                                   : name == QLatin1String("NFKC") ? icu::Normalizer2::getNFKCInstance(status)
                                                                   : icu::Normalizer2::getNFKDInstance(status);
    if (U_FAILURE(status))
        return fail(ErrorCode::External, tr("The Unicode library gives no form %1.").arg(name));
    return std::make_shared<UnicodeForm>(form);
}

// Character by character, as the library does: no final sigma.
void appendLower(std::uint32_t code, QByteArray &out)
{
    if (code == 0x130) {
        out += "i\xCC\x87";
        return;
    }
    appendCharacter(out, static_cast<std::uint32_t>(u_tolower(static_cast<UChar32>(code))));
}

StepPointer makeLowercase()
{
    return characterStep([](std::uint32_t code, std::uint16_t, QByteArray &out) { appendLower(code, out); });
}

class StripStep final : public NormalizerStep {
public:
    StripStep(bool left, bool right) : m_left(left), m_right(right) {}
    void apply(QByteArray &text) const override
    {
        const UnicodeClasses &table = UnicodeClasses::get();
        const char *begin = text.constData();
        const char *end = begin + text.size();
        const char *first = begin;
        const char *lastEnd = begin;
        bool seen = false;
        for (const char *at = begin; at < end;) {
            std::size_t length = 1;
            if (!(table.next(at, end, length) & classes::kSpace)) {
                first = seen ? first : at;
                seen = true;
                lastEnd = at + length;
            }
            at += length;
        }
        if (!seen)
            first = lastEnd = end;
        const char *from = m_left ? first : begin;
        const char *to = m_right ? std::max(lastEnd, from) : end;
        text = QByteArray(from, m_right && !seen ? 0 : to - from);
    }

private:
    bool m_left;
    bool m_right;
};

class ReplaceStep final : public NormalizerStep {
public:
    ReplaceStep(std::shared_ptr<const TextPattern> pattern, QByteArray content) : m_pattern(std::move(pattern)), m_content(std::move(content)) {}
    void apply(QByteArray &text) const override
    {
        thread_local std::vector<TextSpan> matches;
        matches.clear();
        m_pattern->find(text, matches);
        if (matches.empty())
            return;
        QByteArray out;
        out.reserve(text.size() + static_cast<qsizetype>(matches.size()) * m_content.size());
        qsizetype done = 0;
        for (const TextSpan &match : matches) {
            out.append(text.constData() + done, match.begin - done);
            out.append(m_content);
            done = match.end;
        }
        out.append(text.constData() + done, text.size() - done);
        text = std::move(out);
    }

private:
    std::shared_ptr<const TextPattern> m_pattern;
    QByteArray m_content;
};

class PrependStep final : public NormalizerStep {
public:
    explicit PrependStep(QByteArray text) : m_text(std::move(text)) {}
    void apply(QByteArray &text) const override
    {
        if (!text.isEmpty())
            text.prepend(m_text);
    }

private:
    QByteArray m_text;
};

// As NMT systems clean text: controls go, white space of every kind becomes a space.
StepPointer makeNmt()
{
    return characterStep([](std::uint32_t c, std::uint16_t, QByteArray &out) {
        if ((c >= 1 && c <= 8) || c == 0xB || (c >= 0xE && c <= 0x1F) || c == 0x7F || c == 0x8F || c == 0x9F)
            return;
        const bool isSpace = c == 9 || c == 0xA || c == 0xC || c == 0xD || c == 0x1680 || (c >= 0x200B && c <= 0x200F) || c == 0x2028
                             || c == 0x2029 || c == 0x2581 || c == 0xFEFF || c == 0xFFFD;
        appendCharacter(out, isSpace ? ' ' : c);
    });
}

StepPointer makeBertCleaning()
{
    return characterStep([](std::uint32_t code, std::uint16_t found, QByteArray &out) {
        const bool isLine = code == '\t' || code == '\n' || code == '\r';
        if (code == 0 || code == 0xFFFD || (!isLine && (found & classes::kControl)))
            return;
        appendCharacter(out, found & classes::kSpace ? ' ' : code);
    });
}

StepPointer makeIdeographSpacing()
{
    return characterStep([](std::uint32_t code, std::uint16_t found, QByteArray &out) {
        const bool isIdeograph = found & classes::kIdeograph;
        if (isIdeograph)
            out += ' ';
        appendCharacter(out, code);
        if (isIdeograph)
            out += ' ';
    });
}

StepPointer makeMarkRemoval(std::uint16_t marks)
{
    return characterStep([marks](std::uint32_t code, std::uint16_t found, QByteArray &out) {
        if (!(found & marks))
            appendCharacter(out, code);
    });
}

// Text that is plain ASCII passes all of BERT's steps in one loop.
class BertStep final : public NormalizerStep {
public:
    BertStep(std::vector<StepPointer> steps, bool cleans, bool lowers) : m_steps(std::move(steps)), m_cleans(cleans), m_lowers(lowers) {}
    void apply(QByteArray &text) const override
    {
        if (!isAscii(text)) {
            for (const StepPointer &step : m_steps)
                step->apply(text);
            return;
        }
        char *out = text.data();
        for (const char c : std::as_const(text)) {
            const bool isLine = c == '\t' || c == '\n' || c == '\r';
            if (m_cleans && !isLine && (c < 32 || c == 127))
                continue;
            *out++ = m_cleans && isLine ? ' ' : m_lowers && c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        }
        text.truncate(out - text.constData());
    }

private:
    std::vector<StepPointer> m_steps;
    bool m_cleans;
    bool m_lowers;
};

Result<StepPointer> makeBert(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const bool cleans, json::flag(object, "clean_text", true));
    ATHANOR_ASSIGN(const bool spaces, json::flag(object, "handle_chinese_chars", true));
    ATHANOR_ASSIGN(const bool lowers, json::flag(object, "lowercase", true));
    ATHANOR_ASSIGN(const bool strips, json::flag(object, "strip_accents", lowers));
    std::vector<StepPointer> steps;
    if (cleans)
        steps.push_back(makeBertCleaning());
    if (spaces)
        steps.push_back(makeIdeographSpacing());
    if (strips) {
        ATHANOR_ASSIGN(StepPointer form, makeForm(QStringLiteral("NFD")));
        steps.push_back(std::move(form));
        steps.push_back(makeMarkRemoval(classes::kNonspacing));
    }
    if (lowers)
        steps.push_back(makeLowercase());
    return std::make_shared<BertStep>(std::move(steps), cleans, lowers);
}

Result<StepPointer> makeReplace(const QJsonObject &object)
{
    ATHANOR_ASSIGN(std::shared_ptr<const TextPattern> pattern, makeTextPattern(object.value(QLatin1String("pattern"))));
    ATHANOR_ASSIGN(QByteArray content, json::text(object, "content"));
    return std::make_shared<ReplaceStep>(std::move(pattern), std::move(content));
}

Result<StepPointer> makeStrip(const QJsonObject &object)
{
    ATHANOR_ASSIGN(const bool left, json::flag(object, "strip_left", true));
    ATHANOR_ASSIGN(const bool right, json::flag(object, "strip_right", true));
    return std::make_shared<StripStep>(left, right);
}

Result<StepPointer> makePrepend(const QJsonObject &object)
{
    ATHANOR_ASSIGN(QByteArray text, json::text(object, "prepend"));
    return std::make_shared<PrependStep>(std::move(text));
}

Result<StepPointer> makeStep(const QJsonObject &object)
{
    const QString type = object.value(QLatin1String("type")).toString();
    if (type == QLatin1String("NFC") || type == QLatin1String("NFD") || type == QLatin1String("NFKC") || type == QLatin1String("NFKD"))
        return makeForm(type);
    using Maker = Result<StepPointer> (*)(const QJsonObject &);
    static const std::pair<const char *, Maker> kMakers[] = {
        {"Lowercase", [](const QJsonObject &) -> Result<StepPointer> { return makeLowercase(); }},
        {"StripAccents", [](const QJsonObject &) -> Result<StepPointer> { return makeMarkRemoval(classes::kAccent); }},
        {"Nmt", [](const QJsonObject &) -> Result<StepPointer> { return makeNmt(); }},
        {"BertNormalizer", makeBert},
        {"Strip", makeStrip},
        {"Replace", makeReplace},
        {"Prepend", makePrepend},
        {"Precompiled",
         [](const QJsonObject &step) -> Result<StepPointer> {
             return makePrecompiled(QByteArray::fromBase64(step.value(QLatin1String("precompiled_charsmap")).toString().toLatin1()));
         }},
    };
    for (const auto &[name, make] : kMakers)
        if (type == QLatin1String(name))
            return make(object);
    return json::unknownType(tr("normalizer"), type);
}

}  // namespace

Result<JsonNormalizer> JsonNormalizer::create(const QJsonValue &value)
{
    std::vector<QJsonObject> parts;
    ATHANOR_TRY(json::flatten(value, "normalizers", parts));
    ATHANOR_TRY(json::checkGrowth(parts));
    JsonNormalizer normalizer;
    for (const QJsonObject &part : parts) {
        ATHANOR_ASSIGN(StepPointer step, makeStep(part));
        normalizer.m_steps.push_back(std::move(step));
    }
    return normalizer;
}

}  // namespace athanor::tokenizer
