#include "core/text/normalize.h"

#include "core/text/utf8.h"

#include <unicode/bytestream.h>
#include <unicode/normalizer2.h>

#include <string>

namespace athanor::text {

namespace {

enum class Treatment { Keep, Remove, Space, LineFeed };

bool isWideSpace(char32_t c)
{
    return c == 0xa0 || c == 0x1680 || (c >= 0x2000 && c <= 0x200a) || c == 0x202f || c == 0x205f || c == 0x3000;
}

// The zero-width joiners U+200C and U+200D stay: Persian, Indic scripts and emoji are wrong without them.
bool isInvisible(char32_t c)
{
    return c == 0xad || c == 0x200b || c == 0x200e || c == 0x200f || c == 0x2060 || c == 0xfeff || (c >= 0x202a && c <= 0x202e)
        || (c >= 0x2066 && c <= 0x2069) || (c >= 0xe0000 && c <= 0xe007f);
}

bool isNonCharacter(char32_t c)
{
    return (c & 0xfffe) == 0xfffe || (c >= 0xfdd0 && c <= 0xfdef) || (c >= 0xfff9 && c <= 0xfffb);
}

Treatment treatmentOf(char32_t c, const NormalizeOptions &options)
{
    if (c == 0x85 || c == 0x2028 || c == 0x2029)
        return Treatment::LineFeed;
    if ((c >= 0x7f && c < 0xa0) || isNonCharacter(c))
        return Treatment::Remove;
    if (options.plainSpaces && isWideSpace(c))
        return Treatment::Space;
    if (options.removeInvisible && isInvisible(c))
        return Treatment::Remove;
    return Treatment::Keep;
}

/// Builds lines as they come: knows how many blank lines stand at the end and what of the last line is space.
class LineBuilder {
public:
    LineBuilder(const NormalizeOptions &options, qsizetype expected) : m_options(options) { m_out.reserve(expected + 16); }

    void append(QByteArrayView bytes) { m_out.append(bytes); }
    void endLine()
    {
        if (m_options.trimLines)
            trimEnd();
        if (m_out.size() == m_lineStart) {
            if (m_out.isEmpty() || ++m_blankLines > m_options.maximumBlankLines)
                return;
        } else {
            m_blankLines = 0;
        }
        m_out += '\n';
        m_lineStart = m_out.size();
    }
    QByteArray finish()
    {
        qsizetype end = m_out.size();
        while (end > 0 && (m_out[end - 1] == '\n' || m_out[end - 1] == ' ' || m_out[end - 1] == '\t'))
            --end;
        m_out.truncate(end);
        if (end > 0)
            m_out += '\n';
        return std::move(m_out);
    }

private:
    void trimEnd()
    {
        qsizetype end = m_out.size();
        while (end > m_lineStart && (m_out[end - 1] == ' ' || m_out[end - 1] == '\t'))
            --end;
        m_out.truncate(end);
    }
    const NormalizeOptions &m_options;
    QByteArray m_out;
    qsizetype m_lineStart = 0;
    int m_blankLines = 0;
};

QByteArray toNfc(const QByteArray &text)
{
    UErrorCode status = U_ZERO_ERROR;
    const icu::Normalizer2 *nfc = icu::Normalizer2::getNFCInstance(status);
    const icu::StringPiece piece(text.constData(), static_cast<int32_t>(text.size()));
    if (U_FAILURE(status) || nfc->isNormalizedUTF8(piece, status))
        return text;
    std::string normalized;
    icu::StringByteSink<std::string> sink(&normalized, static_cast<int32_t>(text.size()));
    nfc->normalizeUTF8(0, piece, sink, nullptr, status);
    return U_FAILURE(status) ? text : QByteArray(normalized.data(), static_cast<qsizetype>(normalized.size()));
}

/// Appends the run of harmless ASCII from `position` on; returns where it ends.
qsizetype appendPlain(LineBuilder &lines, const QByteArray &text, qsizetype position)
{
    qsizetype end = position;
    while (end < text.size() && ((text[end] >= 0x20 && text[end] < 0x7f) || text[end] == '\t'))
        ++end;
    lines.append(QByteArrayView(text).sliced(position, end - position));
    return end;
}

}  // namespace

Normalized normalize(const QByteArray &text, const NormalizeOptions &options)
{
    const QByteArray composed = options.nfc ? toNfc(text) : text;
    Normalized result;
    LineBuilder lines(options, composed.size());
    for (qsizetype i = appendPlain(lines, composed, 0); i < composed.size(); i = appendPlain(lines, composed, i)) {
        const auto byte = static_cast<unsigned char>(composed[i]);
        if (byte == '\n' || byte == '\r' || byte == '\f' || byte == '\v') {
            i += byte == '\r' && i + 1 < composed.size() && composed[i + 1] == '\n' ? 2 : 1;
            lines.endLine();
            continue;
        }
        const CodePoint point = decodeAt(composed, i);
        const Treatment treatment = byte < 0x20 ? Treatment::Remove : treatmentOf(point.value, options);
        if (treatment == Treatment::Keep)
            lines.append(QByteArrayView(composed).sliced(i, point.length));
        else if (treatment == Treatment::Space)
            lines.append(" ");
        else if (treatment == Treatment::LineFeed)
            lines.endLine();
        else
            ++result.removedCharacters;
        i += point.length;
    }
    result.text = lines.finish();
    result.changed = result.text != text;
    return result;
}

}  // namespace athanor::text
