// The "Precompiled" normalizer. Role: SentencePiece's map of characters as the `tokenizers` library applies it, which
// is not as SentencePiece does: grapheme by grapheme, the whole of it replaced by the first rule that begins it.
#include "core/tokenizer/json_fields.h"
#include "core/tokenizer/json_normalizer.h"
#include "core/tokenizer/utf8.h"

#include <unicode/brkiter.h>
#include <unicode/utext.h>

#include <array>
#include <optional>

namespace athanor::tokenizer {

namespace {

using json::tr;

constexpr qsizetype kMapLimit = qsizetype(64) << 20;
constexpr qsizetype kLongestReplacement = 1024;
constexpr qsizetype kLongestGrapheme = 5;  // longer ones are looked up character by character

class Precompiled final : public NormalizerStep {
public:
    Precompiled(std::vector<std::uint32_t> units, QByteArray texts) : m_units(std::move(units)), m_texts(std::move(texts))
    {
        for (int c = 0; c < 128; ++c) {
            const char letter = static_cast<char>(c);
            m_ascii[static_cast<size_t>(c)] = rule(QByteArrayView(&letter, 1));
        }
    }
    void apply(QByteArray &text) const override;

private:
    std::optional<QByteArrayView> rule(QByteArrayView chunk) const;
    void appendGrapheme(QByteArrayView grapheme, QByteArray &out) const;
    void appendStretch(const char *begin, const char *end, QByteArray &out) const;

    std::vector<std::uint32_t> m_units;
    QByteArray m_texts;
    std::array<std::optional<QByteArrayView>, 128> m_ascii;
};

// The shortest rule that begins the chunk. Every access is checked: the double array comes from a file.
std::optional<QByteArrayView> Precompiled::rule(QByteArrayView chunk) const
{
    const auto offset = [](std::uint32_t unit) { return static_cast<std::size_t>(unit >> 10) << ((unit & (1U << 9)) >> 6); };
    std::size_t node = offset(m_units[0]);
    for (const char c : chunk) {
        const auto label = static_cast<std::uint8_t>(c);
        node ^= label;
        if (label == 0 || node >= m_units.size() || (m_units[node] & ((1U << 31) | 0xFF)) != label)
            return {};
        const std::uint32_t unit = m_units[node];
        node ^= offset(unit);
        if (node >= m_units.size())
            return {};
        if ((unit >> 8) & 1) {
            const std::uint32_t value = m_units[node] & ((1U << 31) - 1);
            if (value >= static_cast<std::uint32_t>(m_texts.size()))
                return {};
            const char *text = m_texts.constData() + value;
            const QByteArrayView replacement(text, static_cast<qsizetype>(qstrnlen(text, static_cast<size_t>(m_texts.size()) - value)));
            return replacement.size() <= kLongestReplacement ? std::optional(replacement) : std::nullopt;
        }
    }
    return {};
}

void Precompiled::appendGrapheme(QByteArrayView grapheme, QByteArray &out) const
{
    if (grapheme.size() <= kLongestGrapheme) {
        if (const auto replacement = rule(grapheme)) {
            out += *replacement;
            return;
        }
    }
    const char *end = grapheme.data() + grapheme.size();
    for (const char *at = grapheme.data(); at < end;) {
        const QByteArrayView character(at, static_cast<qsizetype>(characterLength(at, end)));
        const auto replacement = rule(character);
        out += replacement ? *replacement : character;
        at += character.size();
    }
}

// Text with characters beyond ASCII, cut into graphemes.
void Precompiled::appendStretch(const char *begin, const char *end, QByteArray &out) const
{
    thread_local std::unique_ptr<icu::BreakIterator> graphemes;
    UErrorCode status = U_ZERO_ERROR;
    if (!graphemes)
        graphemes.reset(icu::BreakIterator::createCharacterInstance(icu::Locale::getRoot(), status));
    UText source = UTEXT_INITIALIZER;
    utext_openUTF8(&source, begin, end - begin, &status);
    if (U_SUCCESS(status))
        graphemes->setText(&source, status);
    if (U_FAILURE(status)) {
        out.append(begin, end - begin);
        return;
    }
    std::int32_t from = graphemes->first();
    for (std::int32_t to = graphemes->next(); to != icu::BreakIterator::DONE; from = to, to = graphemes->next())
        appendGrapheme(QByteArrayView(begin + from, to - from), out);
    utext_close(&source);
}

void Precompiled::apply(QByteArray &text) const
{
    QByteArray out;
    out.reserve(text.size() + 16);
    const char *end = text.constData() + text.size();
    const auto isWide = [](char c) { return static_cast<std::uint8_t>(c) >= 128; };
    for (const char *at = text.constData(); at < end;) {
        const bool isPair = *at == '\r' && at + 1 < end && at[1] == '\n';
        if (!isPair && !isWide(*at) && (at + 1 == end || !isWide(at[1]))) {
            const auto &replacement = m_ascii[static_cast<size_t>(*at)];
            if (replacement)
                out += *replacement;
            else
                out += *at;
            ++at;
            continue;
        }
        const char *stretch = at + (isPair ? 2 : 1);
        while (stretch < end && (isWide(*stretch) || (stretch + 1 < end && isWide(stretch[1])) || (isWide(stretch[-1]) && *stretch != '\r')))
            ++stretch;
        appendStretch(at, stretch, out);
        at = stretch;
    }
    text = std::move(out);
}

}  // namespace

Result<std::shared_ptr<const NormalizerStep>> makePrecompiled(const QByteArray &map)
{
    if (map.size() > kMapLimit || map.size() <= 4)
        return json::corrupt(tr("Its precompiled text rules are empty, or larger than 64 MiB."));
    const auto number = [&map](qsizetype at) {
        const auto byte = [&map, at](int i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(map[at + i])); };
        return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
    };
    const qsizetype trieBytes = number(0);
    if (trieBytes == 0 || trieBytes % 4 != 0 || trieBytes >= map.size() - 4)
        return json::corrupt(tr("The length %1 of its precompiled text rules does not fit in %2 bytes.").arg(trieBytes).arg(map.size()));
    std::vector<std::uint32_t> units(static_cast<size_t>(trieBytes / 4));
    for (size_t i = 0; i < units.size(); ++i)
        units[i] = number(4 + 4 * static_cast<qsizetype>(i));
    return std::make_shared<Precompiled>(std::move(units), map.mid(4 + trieBytes));
}

}  // namespace athanor::tokenizer
