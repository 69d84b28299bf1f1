// WordprocessingML to text: paragraphs, tabs, breaks, list items, table rows. Deleted text and field codes are left out.
#include "plugins/reader/docx/docx.h"

#include <QCoreApplication>
#include <QXmlStreamReader>

namespace athanor::corpus {

namespace {

class WordWalker {
public:
    explicit WordWalker(const QByteArray &xml) : m_xml(xml) {}

    Result<QByteArray> run()
    {
        while (!m_xml.atEnd()) {
            switch (m_xml.readNext()) {
            case QXmlStreamReader::StartElement: start(m_xml.name()); break;
            case QXmlStreamReader::EndElement: end(m_xml.name()); break;
            case QXmlStreamReader::Characters:
                if (m_inText)
                    m_paragraph += m_xml.text().toUtf8();
                break;
            default: break;
            }
            if (m_out.size() + m_paragraph.size() > kLargestText)
                return fail(problem(QStringLiteral("too_large"), QCoreApplication::translate("athanor", "Its text is too large for one document.")));
        }
        if (m_xml.hasError())
            return fail(problem(QStringLiteral("broken"), QCoreApplication::translate("athanor", "The text of the document is damaged at line %1: %2.")
                                                              .arg(m_xml.lineNumber()).arg(m_xml.errorString()),
                                QCoreApplication::translate("athanor", "Save it again from the program that made it.")));
        return m_out;
    }

private:
    void start(QStringView name)
    {
        if (name == QLatin1String("t"))
            m_inText = true;
        else if (name == QLatin1String("tab"))
            m_paragraph += '\t';
        else if (name == QLatin1String("br") || name == QLatin1String("cr"))
            m_paragraph += '\n';
        else if (name == QLatin1String("noBreakHyphen"))
            m_paragraph += '-';
        else if (name == QLatin1String("numPr"))
            m_isItem = true;
        else if (name == QLatin1String("tr"))
            m_cells = 0;
        else if (name == QLatin1String("tc"))
            beginCell();
        else if (name == QLatin1String("del") || name == QLatin1String("instrText") || name == QLatin1String("tabs") || name == QLatin1String("Fallback"))
            m_xml.skipCurrentElement();
    }

    void beginCell()
    {
        if (m_cellDepth++ == 0 && m_cells++ > 0)
            m_row += " | ";
    }

    void end(QStringView name)
    {
        if (name == QLatin1String("t"))
            m_inText = false;
        else if (name == QLatin1String("p"))
            endParagraph();
        else if (name == QLatin1String("tc"))
            --m_cellDepth;
        else if (name == QLatin1String("tr") && m_cellDepth == 0) {
            m_out += m_row + '\n';
            m_row.clear();
        } else if (name == QLatin1String("tbl") && m_cellDepth == 0)
            m_out += '\n';
    }

    void endParagraph()
    {
        if (m_cellDepth > 0) {
            if (!m_row.isEmpty() && !m_row.endsWith(' ') && !m_paragraph.isEmpty())
                m_row += ' ';
            m_row += m_paragraph.replace('\n', ' ');
        } else if (!m_paragraph.isEmpty()) {
            m_out += (m_isItem ? "- " : "") + m_paragraph + (m_isItem ? "\n" : "\n\n");
        }
        m_paragraph.clear();
        m_isItem = false;
    }

    QXmlStreamReader m_xml;
    QByteArray m_out, m_paragraph, m_row;
    bool m_inText = false, m_isItem = false;
    int m_cellDepth = 0, m_cells = 0;
};

}  // namespace

Result<QByteArray> wordText(const QByteArray &xml)
{
    return WordWalker(xml).run();
}

}  // namespace athanor::corpus
