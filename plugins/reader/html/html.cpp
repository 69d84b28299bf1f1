// The walk over a page: what each element means for the layout. Without recursion: depth comes from the input.
#include "plugins/reader/html/html.h"

#include "core/text/encoding.h"
#include "plugins/reader/html/page.h"
#include "plugins/reader/html/text_builder.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

constexpr qint64 kLargestPage = qint64(32) << 20;

class Walker {
public:
    explicit Walker(bool keepNavigation) : m_keepNavigation(keepNavigation) {}

    ReadDocument run(const GumboNode *root);

private:
    struct Level {
        const GumboNode *node;
        unsigned next = 0;
    };
    struct List {
        bool isOrdered = false;
        int number = 0;
        int items = 0;
    };
    struct Table {
        bool isData = false;  // otherwise it lays out the page
        int rows = 0;
    };

    bool enter(const GumboNode *node);  // false: not to be walked into
    bool enterElement(const GumboElement &element);
    void leave(const GumboElement &element);
    void addText(const GumboText &text);
    void beginList(const GumboElement &element);
    void beginListItem();
    void beginTable(const GumboNode *node);
    void beginRow();
    void beginCell();

    bool m_keepNavigation;
    TextBuilder m_builder;
    std::vector<Level> m_stack;
    std::vector<List> m_lists;
    std::vector<Table> m_tables;
    int m_cellNumber = 0;
    int m_linkDepth = 0, m_preDepth = 0;
    QByteArray m_preText;
    qint64 m_linkBytes = 0, m_codeBytes = 0, m_allBytes = 0;
};

const GumboVector &childrenOf(const GumboNode *node)
{
    return node->type == GUMBO_NODE_DOCUMENT ? node->v.document.children : node->v.element.children;
}

/// A table that holds tables, code or headings lays out the page; its cells are blocks.
bool isDataTable(const GumboNode *table)
{
    std::vector<const GumboNode *> waiting{table};
    while (!waiting.empty()) {
        const GumboNode *node = waiting.back();
        waiting.pop_back();
        if (node->type != GUMBO_NODE_ELEMENT)
            continue;
        const GumboTag tag = node->v.element.tag;
        if (tag == GUMBO_TAG_PRE || (tag >= GUMBO_TAG_H1 && tag <= GUMBO_TAG_H6) || (tag == GUMBO_TAG_TABLE && node != table))
            return false;
        for (unsigned i = 0; i < node->v.element.children.length; ++i)
            waiting.push_back(static_cast<const GumboNode *>(node->v.element.children.data[i]));
    }
    return true;
}

void Walker::addText(const GumboText &text)
{
    const QByteArrayView bytes(text.text, qsizetype(std::strlen(text.text)));
    m_allBytes += bytes.size();
    m_linkBytes += m_linkDepth > 0 ? bytes.size() : 0;
    if (m_preDepth > 0) {
        m_preText += bytes;
        m_codeBytes += bytes.size();
        return;
    }
    m_builder.inlineText(bytes);
}

bool Walker::enter(const GumboNode *node)
{
    switch (node->type) {
    case GUMBO_NODE_TEXT:
    case GUMBO_NODE_CDATA:
        addText(node->v.text);
        return false;
    case GUMBO_NODE_WHITESPACE:
        if (m_preDepth > 0)
            m_preText += node->v.text.text;
        else
            m_builder.inlineText(" ");
        return false;
    case GUMBO_NODE_DOCUMENT:
        return true;
    case GUMBO_NODE_ELEMENT: {
        const GumboElement &element = node->v.element;
        const bool isRoot = m_stack.empty();
        if (!isRoot && (isNeverText(element) || (!m_keepNavigation && isBoilerplate(element))))
            return false;
        if (element.tag == GUMBO_TAG_TABLE && m_preDepth == 0) {
            beginTable(node);
            return true;
        }
        return enterElement(element);
    }
    default:
        return false;  // comments, templates
    }
}

void Walker::beginList(const GumboElement &element)
{
    m_builder.breakLine(m_lists.empty() ? 2 : 1);
    const GumboAttribute *start = gumbo_get_attribute(&element.attributes, "start");
    m_lists.push_back({element.tag == GUMBO_TAG_OL, start ? QByteArray(start->value).toInt() - 1 : 0, 0});
}

void Walker::beginListItem()
{
    if (m_lists.empty())
        m_lists.push_back({});
    List &list = m_lists.back();
    if (list.items++ > 0)
        m_builder.breakLineTight();
    else
        m_builder.breakLine(1);
    m_builder.beginItem(list.isOrdered ? QByteArray::number(++list.number) + ". " : QByteArray("- "));
}

void Walker::beginTable(const GumboNode *node)
{
    m_builder.breakLine(2);
    m_tables.push_back({isDataTable(node), 0});
}

void Walker::beginRow()
{
    m_cellNumber = 0;
    m_builder.beginRow();
    if (m_tables.empty() || m_tables.back().rows++ > 0)
        m_builder.breakLineTight();
}

void Walker::beginCell()
{
    if (m_tables.empty() || !m_tables.back().isData) {
        m_builder.breakLine(1);
        return;
    }
    if (m_cellNumber++ > 0)
        m_builder.separateCells();
    m_builder.beginCell();
}

bool Walker::enterElement(const GumboElement &element)
{
    switch (element.tag) {
    case GUMBO_TAG_A: ++m_linkDepth; break;
    case GUMBO_TAG_BR:
        if (m_preDepth > 0)
            m_preText += '\n';
        else
            m_builder.lineBreak();
        break;
    case GUMBO_TAG_PRE: ++m_preDepth; break;
    case GUMBO_TAG_UL: case GUMBO_TAG_OL: beginList(element); break;
    case GUMBO_TAG_LI: beginListItem(); break;
    case GUMBO_TAG_TR:
        beginRow();
        break;
    case GUMBO_TAG_TD: case GUMBO_TAG_TH: beginCell(); break;
    case GUMBO_TAG_P: case GUMBO_TAG_H1: case GUMBO_TAG_H2: case GUMBO_TAG_H3: case GUMBO_TAG_H4: case GUMBO_TAG_H5: case GUMBO_TAG_H6:
    case GUMBO_TAG_BLOCKQUOTE: case GUMBO_TAG_DL: case GUMBO_TAG_HR: case GUMBO_TAG_FIGURE: case GUMBO_TAG_CAPTION: case GUMBO_TAG_DT:
        m_builder.breakLine(2);
        break;
    case GUMBO_TAG_DIV: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_DD: case GUMBO_TAG_ADDRESS: case GUMBO_TAG_DETAILS:
    case GUMBO_TAG_SUMMARY: case GUMBO_TAG_HEADER: case GUMBO_TAG_ASIDE: case GUMBO_TAG_FIELDSET: case GUMBO_TAG_FIGCAPTION:
        m_builder.breakLine(1);
        break;
    default: break;
    }
    return true;
}

void Walker::leave(const GumboElement &element)
{
    switch (element.tag) {
    case GUMBO_TAG_A: --m_linkDepth; break;
    case GUMBO_TAG_PRE:
        if (--m_preDepth > 0)
            break;
        m_builder.breakLine(2);
        if (m_builder.isInCell())
            m_builder.inlineText(m_preText);
        else
            m_builder.verbatim(m_preText);
        m_builder.breakLine(2);
        m_preText.clear();
        break;
    case GUMBO_TAG_UL: case GUMBO_TAG_OL:
        m_lists.pop_back();
        m_builder.breakLine(m_lists.empty() ? 2 : 1);
        break;
    case GUMBO_TAG_LI:
        m_builder.endItem();
        m_builder.breakLine(1);
        break;
    case GUMBO_TAG_TABLE:
        if (m_preDepth == 0)
            m_tables.pop_back();
        m_builder.breakLine(2);
        break;
    case GUMBO_TAG_TD: case GUMBO_TAG_TH:
        if (!m_tables.empty() && m_tables.back().isData)
            m_builder.endCell();
        break;
    case GUMBO_TAG_P: case GUMBO_TAG_H1: case GUMBO_TAG_H2: case GUMBO_TAG_H3: case GUMBO_TAG_H4: case GUMBO_TAG_H5: case GUMBO_TAG_H6:
    case GUMBO_TAG_BLOCKQUOTE: case GUMBO_TAG_DL: case GUMBO_TAG_FIGURE: case GUMBO_TAG_CAPTION:
        m_builder.breakLine(2);
        break;
    case GUMBO_TAG_DIV: case GUMBO_TAG_SECTION: case GUMBO_TAG_ARTICLE: case GUMBO_TAG_DD: case GUMBO_TAG_DT: case GUMBO_TAG_TR:
    case GUMBO_TAG_ADDRESS: case GUMBO_TAG_DETAILS: case GUMBO_TAG_SUMMARY: case GUMBO_TAG_HEADER: case GUMBO_TAG_ASIDE: case GUMBO_TAG_FIELDSET:
        m_builder.breakLine(1);
        break;
    default: break;
    }
}

ReadDocument Walker::run(const GumboNode *root)
{
    if (enter(root))
        m_stack.push_back({root});
    while (!m_stack.empty()) {
        Level &level = m_stack.back();
        const GumboVector &children = childrenOf(level.node);
        if (level.next < children.length) {
            const auto *child = static_cast<const GumboNode *>(children.data[level.next++]);
            if (enter(child))
                m_stack.push_back({child});
            continue;
        }
        if (level.node->type == GUMBO_NODE_ELEMENT)
            leave(level.node->v.element);
        m_stack.pop_back();
    }
    ReadDocument document;
    document.text = m_builder.finish();
    if (m_allBytes > 0) {
        document.facts[QStringLiteral("link_share")] = double(m_linkBytes) / double(m_allBytes);
        document.facts[QStringLiteral("code_share")] = double(m_codeBytes) / double(m_allBytes);
    }
    return document;
}

}  // namespace

Result<ReadDocument> htmlToText(const QByteArray &bytes, bool keepNavigation)
{
    auto decoded = text::decodeText(bytes, declaredCharset(bytes));
    if (!decoded)
        return fail(problem(QStringLiteral("encoding"), decoded.error().message, decoded.error().hint));
    ATHANOR_ASSIGN(const Page page, Page::parse(decoded->utf8));
    Walker walker(keepNavigation);
    ReadDocument document = walker.run(keepNavigation ? page.document() : page.content());
    if (decoded->replaced > 0)
        document.facts[QStringLiteral("broken_characters")] = static_cast<double>(decoded->replaced);
    return document;
}

Status HtmlReader::read(const ReadRequest &request, ReadSink &sink) const
{
    ATHANOR_ASSIGN(const QByteArray bytes, request.stream->readAll(kLargestPage));
    ATHANOR_ASSIGN(ReadDocument document, htmlToText(bytes, request.settings.value(QLatin1String("keep_navigation")).toBool()));
    return sink.document(std::move(document));
}

}  // namespace athanor::corpus
