#include "plugins/reader/html/text_builder.h"

namespace athanor::corpus {

namespace {

bool isSpace(char c)
{
    return c == ' ' || c == '\n' || c == '\t' || c == '\r' || c == '\f';
}

}  // namespace

void TextBuilder::startText()
{
    if (m_breaks > 0 && !m_out.isEmpty()) {
        m_out.append(m_breaks, '\n');
        m_atLineStart = true;
    }
    m_breaks = 0;
    if (m_atLineStart) {
        const qsizetype markerWidth = m_marker.size();
        m_out += m_indent.left(m_indent.size() - markerWidth);
        m_out += m_marker;
        m_marker.clear();
    } else if (m_space && m_separators == 0) {
        m_out += ' ';
    }
    for (; m_separators > 0; --m_separators)
        m_out += m_atLineStart || m_out.endsWith(' ') ? "| " : " | ";
    m_space = false;
    m_atLineStart = false;
}

void TextBuilder::inlineText(QByteArrayView text)
{
    qsizetype position = 0;
    while (position < text.size()) {
        if (isSpace(text[position])) {
            m_space = true;
            ++position;
            continue;
        }
        qsizetype end = position;
        while (end < text.size() && !isSpace(text[end]))
            ++end;
        if (m_space || m_atLineStart || m_breaks > 0 || m_separators > 0)
            startText();
        m_out.append(text.sliced(position, end - position));
        position = end;
    }
}

void TextBuilder::verbatim(QByteArrayView text)
{
    while (!text.isEmpty() && text.back() == '\n')
        text.chop(1);
    while (text.startsWith("\n"))
        text = text.sliced(1);
    m_space = false;
    if (text.isEmpty())
        return;
    breakLine(m_marker.isEmpty() ? 1 : 0);
    startText();
    for (const char c : text) {
        m_out += c;
        if (c == '\n')
            m_out += m_indent;
    }
    m_breaks = 1;
}

void TextBuilder::breakLine(int lineEnds)
{
    m_space = m_space || m_cellDepth > 0;
    if (m_cellDepth > 0 || m_atLineStart || !m_marker.isEmpty())
        return;
    m_breaks = std::max(m_breaks, lineEnds);
}

void TextBuilder::lineBreak()
{
    if (m_cellDepth > 0) {
        m_space = true;
        return;
    }
    m_breaks = std::min(m_breaks + 1, 2);
}

void TextBuilder::beginItem(const QByteArray &marker)
{
    if (!m_marker.isEmpty())  // an item that begins with a list: one marker after the other would say nothing
        m_marker.clear();
    m_marker = marker;
    m_indentWidths.append(marker.size());
    m_indent.append(marker.size(), ' ');
}

void TextBuilder::endItem()
{
    m_marker.clear();
    m_indent.chop(m_indentWidths.takeLast());
}

QByteArray TextBuilder::finish()
{
    if (!m_out.isEmpty())
        m_out += '\n';
    return std::move(m_out);
}

}  // namespace athanor::corpus
