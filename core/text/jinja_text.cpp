// See jinja_text.h.
#include "core/text/jinja_text.h"

#include "core/text/utf8.h"

#include <QString>

#include <algorithm>

namespace athanor::text::jinja {
namespace {

void addSpan(std::vector<Span> &spans, Span span)
{
    if (span.begin >= span.end)
        return;
    if (!spans.empty() && spans.back().end == span.begin)
        spans.back().end = span.end;
    else
        spans.push_back(span);
}

std::vector<Span> cut(const std::vector<Span> &spans, qsizetype begin, qsizetype end)
{
    std::vector<Span> part;
    auto first = std::upper_bound(spans.begin(), spans.end(), begin,
                                  [](qsizetype position, const Span &span) { return position < span.end; });
    for (; first != spans.end() && first->begin < end; ++first)
        addSpan(part, {std::max(first->begin, begin) - begin, std::min(first->end, end) - begin});
    return part;
}

bool isOneOf(char32_t character, const QByteArray &characters)
{
    for (qsizetype i = 0; i < characters.size();) {
        const CodePoint point = decodeAt(characters, i);
        if (point.value == character)
            return true;
        i += point.length;
    }
    return false;
}

bool strips(char32_t character, const QByteArray *characters)
{
    return characters ? isOneOf(character, *characters) : isPythonSpace(character);
}

qsizetype previousCharacter(QByteArrayView text, qsizetype position)
{
    do {
        --position;
    } while (position > 0 && (static_cast<unsigned char>(text[position]) & 0xc0U) == 0x80U);
    return position;
}

bool endsLine(char32_t c)
{
    return (c >= 0x0a && c <= 0x0d) || (c >= 0x1c && c <= 0x1e) || c == 0x85 || c == 0x2028 || c == 0x2029;
}

}  // namespace

Text::Text(const QByteArray &bytes, Trust trust) : m_bytes(bytes)
{
    if (trust == Trust::Template)
        addSpan(m_trusted, {0, bytes.size()});
}

void Text::append(const Text &other)
{
    const qsizetype offset = m_bytes.size();
    m_bytes.append(other.m_bytes);
    for (const Span &span : other.m_trusted)
        addSpan(m_trusted, {span.begin + offset, span.end + offset});
    for (const Span &span : other.m_generated)
        addSpan(m_generated, {span.begin + offset, span.end + offset});
}

void Text::append(QByteArrayView bytes, Trust trust)
{
    const qsizetype offset = m_bytes.size();
    m_bytes.append(bytes);
    if (trust == Trust::Template)
        addSpan(m_trusted, {offset, m_bytes.size()});
}

Text Text::slice(qsizetype begin, qsizetype end) const
{
    begin = std::clamp<qsizetype>(begin, 0, size());
    end = std::clamp<qsizetype>(end, begin, size());
    if (begin == 0 && end == size())
        return *this;
    Text part;
    part.m_bytes = m_bytes.mid(begin, end - begin);
    part.m_trusted = cut(m_trusted, begin, end);
    part.m_generated = cut(m_generated, begin, end);
    return part;
}

bool Text::isTrustedAt(qsizetype position) const
{
    const auto span = std::upper_bound(m_trusted.begin(), m_trusted.end(), position,
                                       [](qsizetype at, const Span &candidate) { return at < candidate.end; });
    return span != m_trusted.end() && span->begin <= position;
}

void Text::markGenerated()
{
    m_generated.clear();
    addSpan(m_generated, {0, size()});
}

bool isPythonSpace(char32_t c)
{
    return (c >= 0x09 && c <= 0x0d) || (c >= 0x1c && c <= 0x20) || c == 0x85 || c == 0xa0 || c == 0x1680
           || (c >= 0x2000 && c <= 0x200a) || c == 0x2028 || c == 0x2029 || c == 0x202f || c == 0x205f || c == 0x3000;
}

qsizetype leadingEnd(QByteArrayView text, const QByteArray *characters)
{
    qsizetype position = 0;
    while (position < text.size()) {
        const CodePoint point = decodeAt(text, position);
        if (!point.valid || !strips(point.value, characters))
            break;
        position += point.length;
    }
    return position;
}

qsizetype trailingBegin(QByteArrayView text, qsizetype from, const QByteArray *characters)
{
    qsizetype end = text.size();
    while (end > from) {
        const qsizetype before = previousCharacter(text, end);
        const CodePoint point = decodeAt(text, before);
        if (before < from || !point.valid || !strips(point.value, characters))
            break;
        end = before;
    }
    return end;
}

std::vector<qsizetype> characterOffsets(QByteArrayView text)
{
    std::vector<qsizetype> offsets;
    offsets.reserve(static_cast<size_t>(text.size()) + 1);
    for (qsizetype position = 0; position < text.size();) {
        offsets.push_back(position);
        position += decodeAt(text, position).length;
    }
    offsets.push_back(text.size());
    return offsets;
}

Text changeCase(const Text &text, Case to)
{
    Text changed;
    bool wordBegins = true, first = true;
    for (qsizetype position = 0; position < text.size();) {
        const CodePoint point = decodeAt(text.bytes(), position);
        const QByteArrayView source = QByteArrayView(text.bytes()).sliced(position, point.length);
        const Trust trust = text.isTrustedAt(position) ? Trust::Template : Trust::Input;
        position += point.length;
        const QString character = QString::fromUtf8(source);
        const QString lower = character.toLower(), upper = character.toUpper();
        const bool isCased = lower != upper;
        bool up = to == Case::Upper || (to == Case::Capital && first) || (to == Case::Title && wordBegins);
        if (to == Case::Swap)
            up = character == lower;
        wordBegins = !isCased;
        first = false;
        changed.append(!point.valid || !isCased ? source.toByteArray() : (up ? upper : lower).toUtf8(), trust);
    }
    return changed;
}

Text replaceText(const Text &text, const QByteArray &from, const Text &to, qint64 count)
{
    Text result;
    qsizetype done = 0;
    if (from.isEmpty()) {
        const std::vector<qsizetype> offsets = characterOffsets(text.bytes());
        for (size_t i = 0; i < offsets.size() && count != 0; ++i, --count) {
            result.append(text.slice(done, offsets[i]));
            result.append(to);
            done = offsets[i];
        }
    }
    while (!from.isEmpty() && count != 0) {
        const qsizetype at = text.bytes().indexOf(from, done);
        if (at < 0)
            break;
        result.append(text.slice(done, at));
        result.append(to);
        done = at + from.size();
        --count;
    }
    result.append(text.slice(done, text.size()));
    return result;
}

std::vector<Text> splitText(const Text &text, const QByteArray &separator, qint64 limit)
{
    std::vector<Text> parts;
    const QByteArrayView bytes(text.bytes());
    qsizetype done = separator.isEmpty() ? leadingEnd(bytes) : 0;
    while (limit != 0 && !separator.isEmpty()) {
        const qsizetype at = text.bytes().indexOf(separator, done);
        if (at < 0)
            break;
        parts.push_back(text.slice(done, at));
        done = at + separator.size();
        --limit;
    }
    while (separator.isEmpty() && done < text.size()) {
        if (limit-- == 0) {
            parts.push_back(text.slice(done, text.size()));
            return parts;
        }
        qsizetype end = done;
        while (end < text.size() && !isPythonSpace(decodeAt(bytes, end).value))
            end += decodeAt(bytes, end).length;
        parts.push_back(text.slice(done, end));
        done = end + leadingEnd(bytes.sliced(end));
    }
    if (!separator.isEmpty())
        parts.push_back(text.slice(done, text.size()));
    return parts;
}

std::vector<Text> splitTextFromEnd(const Text &text, const QByteArray &separator, qint64 limit)
{
    if (limit < 0)
        return splitText(text, separator, -1);
    std::vector<Text> parts;
    const QByteArrayView bytes(text.bytes());
    qsizetype end = separator.isEmpty() ? trailingBegin(bytes, 0) : text.size();
    while (limit-- > 0 && (!separator.isEmpty() || end > 0)) {
        qsizetype begin = end, next = end;
        if (separator.isEmpty()) {
            while (begin > 0 && !isPythonSpace(decodeAt(bytes, previousCharacter(bytes, begin)).value))
                begin = previousCharacter(bytes, begin);
            next = trailingBegin(bytes.first(begin), 0);
        } else {
            const qsizetype at = end < separator.size() ? -1 : bytes.first(end).lastIndexOf(separator);
            if (at < 0)
                break;
            begin = at + separator.size();
            next = at;
        }
        parts.push_back(text.slice(begin, end));
        end = next;
    }
    if (!separator.isEmpty() || end > 0)
        parts.push_back(text.slice(0, end));
    std::reverse(parts.begin(), parts.end());
    return parts;
}

std::vector<Text> splitLines(const Text &text, bool keepEnds)
{
    std::vector<Text> lines;
    qsizetype begin = 0;
    for (qsizetype position = 0; position < text.size();) {
        const CodePoint point = decodeAt(text.bytes(), position);
        qsizetype end = position + point.length;
        if (point.valid && endsLine(point.value)) {
            if (point.value == '\r' && end < text.size() && text.bytes()[end] == '\n')
                ++end;
            lines.push_back(text.slice(begin, keepEnds ? end : position));
            begin = end;
        }
        position = end;
    }
    if (begin < text.size())
        lines.push_back(text.slice(begin, text.size()));
    return lines;
}

}  // namespace athanor::text::jinja
