#include "core/tokenizer/normalizer.h"

#include "core/tokenizer/utf8.h"

#include <QCoreApplication>

namespace athanor::tokenizer {

namespace {

constexpr qsizetype kMapLimit = qsizetype(64) << 20;
constexpr char kSpaceSymbol[] = "\xE2\x96\x81";
constexpr char kReplacementCharacter[] = "\xEF\xBF\xBD";

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

// One unit of a darts-clone double array.
bool hasLeaf(std::uint32_t unit)
{
    return (unit >> 8) & 1;
}
std::uint32_t labelOf(std::uint32_t unit)
{
    return unit & ((1U << 31) | 0xFF);
}
std::uint32_t offsetOf(std::uint32_t unit)
{
    return (unit >> 10) << ((unit & (1U << 9)) >> 6);
}
std::uint32_t valueOf(std::uint32_t unit)
{
    return unit & ((1U << 31) - 1);
}

std::uint32_t littleEndian(const char *at)
{
    const auto byte = [at](int i) { return static_cast<std::uint32_t>(static_cast<std::uint8_t>(at[i])); };
    return byte(0) | byte(1) << 8 | byte(2) << 16 | byte(3) << 24;
}

}  // namespace

Result<Normalizer> Normalizer::create(const NormalizerSettings &settings, bool whitespaceAsSuffix,
                                      InvalidBytes invalidBytes, const SentencePieceModel &model)
{
    Normalizer normalizer;
    normalizer.m_settings = settings;
    normalizer.m_whitespaceAsSuffix = whitespaceAsSuffix;
    normalizer.m_invalidBytes = invalidBytes;
    if (!settings.characterMap.isEmpty())
        ATHANOR_TRY(normalizer.readMap(settings.characterMap));
    normalizer.m_isIdentity = normalizer.m_units.empty() && !settings.addDummyPrefix
                              && !settings.removeExtraWhitespaces && invalidBytes == InvalidBytes::Keep;
    for (const Piece &piece : model.pieces)
        if (piece.type == PieceType::UserDefined)
            normalizer.m_userDefined.push_back(piece.text);
    std::vector<std::pair<QByteArrayView, std::int32_t>> entries;
    for (const QByteArray &text : normalizer.m_userDefined)
        entries.emplace_back(QByteArrayView(text), 1);
    normalizer.m_userTrie = PieceTrie(std::move(entries));
    return normalizer;
}

Status Normalizer::readMap(const QByteArray &map)
{
    const auto broken = [](const QString &why) {
        return fail(ErrorCode::Corrupt, tr("The text rules inside this tokenizer are damaged: %1.").arg(why),
                    tr("Fetch the tokenizer again."));
    };
    if (map.size() > kMapLimit)
        return fail(ErrorCode::LimitExceeded, tr("The text rules inside this tokenizer are larger than %1 bytes.").arg(kMapLimit));
    if (map.size() <= 4)
        return broken(tr("they are cut short"));
    const qsizetype trieBytes = littleEndian(map.constData());
    if (trieBytes == 0 || trieBytes % 4 != 0 || trieBytes >= map.size() - 4)
        return broken(tr("the length %1 does not fit in %2 bytes").arg(trieBytes).arg(map.size()));
    m_units.resize(static_cast<size_t>(trieBytes / 4));
    for (size_t i = 0; i < m_units.size(); ++i)
        m_units[i] = littleEndian(map.constData() + 4 + 4 * i);
    m_replacements = map.mid(4 + trieBytes);
    if (!m_replacements.endsWith('\0'))
        return broken(tr("their texts have no end"));
    return {};
}

// Every access is checked: the array comes from a file.
std::size_t Normalizer::longestRule(const char *begin, const char *end, std::uint32_t &value) const
{
    if (m_units.empty())
        return 0;
    std::size_t longest = 0;
    std::size_t node = offsetOf(m_units[0]);
    for (const char *at = begin; at < end; ++at) {
        const auto label = static_cast<std::uint8_t>(*at);
        node ^= label;
        if (node >= m_units.size() || labelOf(m_units[node]) != label)
            break;
        const std::uint32_t unit = m_units[node];
        node ^= offsetOf(unit);
        if (node >= m_units.size())
            break;
        if (hasLeaf(unit)) {
            longest = static_cast<std::size_t>(at - begin) + 1;
            value = valueOf(m_units[node]);
        }
    }
    return longest;
}

QByteArrayView Normalizer::ruleText(std::uint32_t value) const
{
    if (value >= static_cast<std::uint32_t>(m_replacements.size()))
        return {};
    const char *text = m_replacements.constData() + value;
    return QByteArrayView(text, static_cast<qsizetype>(qstrlen(text)));
}

Normalizer::Step Normalizer::next(const char *begin, const char *end) const
{
    if (const std::size_t length = m_userTrie.longestPrefix(begin, end))
        return {QByteArrayView(begin, static_cast<qsizetype>(length)), length};
    std::uint32_t value = 0;
    if (const std::size_t length = longestRule(begin, end, value))
        return {ruleText(value), length};
    const std::size_t length = validCharacterLength(begin, end);
    if (length > 0)
        return {QByteArrayView(begin, static_cast<qsizetype>(length)), length};
    if (m_invalidBytes == InvalidBytes::Keep)
        return {QByteArrayView(begin, 1), 1};
    return {QByteArrayView(kReplacementCharacter, 3), 1};
}

// With escaped white space, U+2581 in the text means the same as a space; here both become 0x20.
void Normalizer::append(QByteArray &out, QByteArrayView piece) const
{
    if (m_settings.escapeWhitespaces && piece.indexOf(QByteArrayView(kSpaceSymbol)) >= 0)
        out += piece.toByteArray().replace(kSpaceSymbol, " ");
    else
        out += piece;
}

QByteArray Normalizer::apply(QByteArrayView text) const
{
    const char *at = text.data();
    const char *end = at + text.size();
    const bool removesSpaces = m_settings.removeExtraWhitespaces;
    while (removesSpaces && at < end) {
        const Step step = next(at, end);
        if (step.replacement != QByteArrayView(" "))
            break;
        at += step.consumed;
    }
    if (at == end)
        return {};
    QByteArray out;
    out.reserve(text.size() + 8);
    if (!m_whitespaceAsSuffix && m_settings.addDummyPrefix)
        out += ' ';
    bool afterSpace = removesSpaces;
    while (at < end) {
        const Step step = next(at, end);
        QByteArrayView piece = step.replacement;
        while (afterSpace && piece.startsWith(' '))
            piece = piece.sliced(1);
        if (!piece.isEmpty()) {
            append(out, piece);
            afterSpace = removesSpaces && piece.endsWith(' ');
        }
        at += step.consumed;
    }
    while (removesSpaces && out.endsWith(' '))
        out.chop(1);
    if (m_whitespaceAsSuffix && m_settings.addDummyPrefix)
        out += ' ';
    return out;
}

}  // namespace athanor::tokenizer
