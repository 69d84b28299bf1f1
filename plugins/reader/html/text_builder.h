// Text with blocks: collapses white space as HTML does, sets line ends and blank lines between blocks, indents what
// stands in lists. Role: knows layout, nothing of HTML. Thread: each object for one thread.
#pragma once

#include <QByteArray>
#include <QList>

namespace athanor::corpus {

class TextBuilder {
public:
    /// Running text; white space is collapsed.
    void inlineText(QByteArrayView text);
    /// Text as it stands, on lines of its own.
    void verbatim(QByteArrayView text);
    /// At least `lineEnds` line ends before what comes next: 1 a new line, 2 a blank line.
    void breakLine(int lineEnds);
    /// Exactly a new line before what comes next, also where a blank line was asked for.
    void breakLineTight() { m_breaks = m_out.isEmpty() ? 0 : 1; }
    /// "- " at the beginning of the next line; what follows of the item is indented under it.
    void beginItem(const QByteArray &marker);
    void endItem();
    /// A line end inside a paragraph.
    void lineBreak();
    /// Inside a table cell blocks become spaces.
    void beginCell() { ++m_cellDepth; }
    void endCell() { --m_cellDepth; }
    /// " | " before the next text, unless the row ends first: empty cells at its end leave nothing.
    void separateCells() { ++m_separators; }
    void beginRow() { m_separators = 0; }
    bool isInCell() const { return m_cellDepth > 0; }
    qsizetype size() const { return m_out.size(); }
    QByteArray finish();

private:
    void startText();
    QByteArray m_out;
    QByteArray m_indent;
    QByteArray m_marker;
    QList<qsizetype> m_indentWidths;
    int m_breaks = 0;
    int m_cellDepth = 0;
    int m_separators = 0;
    bool m_space = false;
    bool m_atLineStart = true;
};

}  // namespace athanor::corpus
