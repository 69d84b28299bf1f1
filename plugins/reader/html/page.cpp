#include "plugins/reader/html/page.h"

#include "core/corpus/problem.h"

#include <QCoreApplication>
#include <QSet>

#include <cstdlib>
#include <cstring>

namespace athanor::corpus {

class Arena {
public:
    static void *allocate(void *self, size_t size) { return static_cast<Arena *>(self)->take(size); }
    static void release(void *, void *) {}

private:
    // gumbo cannot be told that memory ran out: as with operator new, the end is an exception at our own allocation.
    void *take(size_t size)
    {
        constexpr size_t kBlock = 1 << 20, kAlignment = 16;
        size = (size + kAlignment - 1) / kAlignment * kAlignment;
        if (size > kBlock / 4) {
            m_blocks.emplace_back(new char[size]);
            return m_blocks.back().get();
        }
        if (!m_current || m_used + size > kBlock) {
            m_blocks.emplace_back(new char[kBlock]);
            m_current = m_blocks.back().get();
            m_used = 0;
        }
        void *result = m_current + m_used;
        m_used += size;
        return result;
    }
    std::vector<std::unique_ptr<char[]>> m_blocks;
    char *m_current = nullptr;
    size_t m_used = 0;
};

namespace {

constexpr int kDeepest = 600;
constexpr qsizetype kCharsetBytes = 4096;

/// Elements that close themselves or each other: they do not nest without end tags.
bool endsByItself(QByteArrayView name)
{
    static const QSet<QByteArray> names{"p",  "li", "dt",  "dd",    "tr",   "td",   "th",    "thead",  "tbody", "tfoot", "option", "optgroup",
                                        "br", "hr", "img", "input", "meta", "link", "area",  "base",   "col",   "embed", "source", "track",
                                        "wbr", "rt", "rp", "colgroup", "html", "head", "body", "caption", "param"};
    return names.contains(name.toByteArray().toLower());
}

/// How deep start tags stand inside each other, seen without parsing. A parser walks all open elements for many tags,
/// so that a page of a million open elements would take hours.
int estimateDepth(const QByteArray &page)
{
    int depth = 0, deepest = 0;
    for (qsizetype i = page.indexOf('<'); i >= 0 && i + 1 < page.size(); i = page.indexOf('<', i + 1)) {
        const bool isEnd = page[i + 1] == '/';
        qsizetype end = i + 1 + isEnd;
        const qsizetype start = end;
        while (end < page.size() && end - start < 16 && std::isalnum(static_cast<unsigned char>(page[end])))
            ++end;
        if (end == start || endsByItself(QByteArrayView(page).sliced(start, end - start)))
            continue;
        depth = std::max(0, depth + (isEnd ? -1 : 1));
        deepest = std::max(deepest, depth);
    }
    return deepest;
}

QByteArrayView attribute(const GumboElement &element, const char *name)
{
    const GumboAttribute *found = gumbo_get_attribute(&element.attributes, name);
    return found ? QByteArrayView(found->value, qsizetype(std::strlen(found->value))) : QByteArrayView();
}

bool hasAnyClass(const GumboElement &element, const QSet<QByteArray> &names)
{
    const QByteArrayView classes = attribute(element, "class");
    if (classes.isEmpty())
        return false;
    for (const QByteArray &name : classes.toByteArray().simplified().split(' '))
        if (names.contains(name))
            return true;
    return false;
}

bool isMain(const GumboNode *node)
{
    return node->type == GUMBO_NODE_ELEMENT
        && (node->v.element.tag == GUMBO_TAG_MAIN || attribute(node->v.element, "role") == QByteArrayView("main"));
}

/// All nodes below `root` in document order, without recursion.
template <typename Visit> void forEachNode(const GumboNode *root, Visit visit)
{
    std::vector<const GumboNode *> waiting{root};
    while (!waiting.empty()) {
        const GumboNode *node = waiting.back();
        waiting.pop_back();
        visit(node);
        if (node->type != GUMBO_NODE_ELEMENT && node->type != GUMBO_NODE_DOCUMENT)
            continue;
        const GumboVector &children = node->type == GUMBO_NODE_DOCUMENT ? node->v.document.children : node->v.element.children;
        for (unsigned i = children.length; i > 0; --i)
            waiting.push_back(static_cast<const GumboNode *>(children.data[i - 1]));
    }
}

}  // namespace

Page::Page(std::unique_ptr<Arena> arena) : m_arena(std::move(arena)) {}
Page::Page(Page &&) noexcept = default;
Page::~Page() = default;

Result<Page> Page::parse(const QByteArray &utf8)
{
    if (estimateDepth(utf8) > kDeepest)
        return fail(problem(QStringLiteral("broken"), QCoreApplication::translate("athanor", "Its elements are nested more than %1 deep.").arg(kDeepest)));
    Page page(std::make_unique<Arena>());
    page.m_text = utf8;
    GumboOptions options = kGumboDefaultOptions;
    options.allocator = &Arena::allocate;
    options.deallocator = &Arena::release;
    options.userdata = page.m_arena.get();
    options.max_errors = 0;
    page.m_output = gumbo_parse_with_options(&options, page.m_text.constData(), static_cast<size_t>(page.m_text.size()));
    return page;
}

const GumboNode *Page::document() const
{
    return m_output->root;
}

const GumboNode *Page::content() const
{
    const GumboNode *main = nullptr, *body = nullptr;
    int mainCount = 0;
    forEachNode(m_output->root, [&](const GumboNode *node) {
        if (isMain(node)) {
            main = main ? main : node;
            ++mainCount;
        } else if (!body && node->type == GUMBO_NODE_ELEMENT && node->v.element.tag == GUMBO_TAG_BODY) {
            body = node;
        }
    });
    return mainCount == 1 ? main : body ? body : m_output->root;
}

bool isNeverText(const GumboElement &element)
{
    switch (element.tag) {
    case GUMBO_TAG_SCRIPT: case GUMBO_TAG_STYLE: case GUMBO_TAG_NOSCRIPT: case GUMBO_TAG_TEMPLATE: case GUMBO_TAG_SVG:
    case GUMBO_TAG_MATH: case GUMBO_TAG_HEAD: case GUMBO_TAG_IFRAME: case GUMBO_TAG_OBJECT: case GUMBO_TAG_CANVAS:
    case GUMBO_TAG_SELECT: case GUMBO_TAG_TEXTAREA: case GUMBO_TAG_BUTTON: case GUMBO_TAG_AUDIO: case GUMBO_TAG_VIDEO:
    case GUMBO_TAG_MAP: case GUMBO_TAG_DATALIST:
        return true;
    default:
        return false;
    }
}

bool isBoilerplate(const GumboElement &element)
{
    static const QSet<QByteArray> roles{"navigation", "search", "banner", "contentinfo", "complementary", "menu", "menubar", "toolbar"};
    static const QSet<QByteArray> classes{
        "headerlink", "sphinxsidebar", "related", "breadcrumb", "breadcrumbs", "navbar", "sidebar", "nav", "navigation", "menu",
        "footer", "site-footer", "page-footer", "site-header", "page-header", "linenos", "viewcode-link", "mw-editsection", "navbox",
        "noprint", "skip-link", "cookie-banner", "mobile-nav", "toc", "backlink"};
    if (element.tag == GUMBO_TAG_NAV || element.tag == GUMBO_TAG_FOOTER)
        return true;
    const QByteArrayView role = attribute(element, "role");
    if (!role.isEmpty() && roles.contains(role.toByteArray()))
        return true;
    if (gumbo_get_attribute(&element.attributes, "hidden") || attribute(element, "aria-hidden") == QByteArrayView("true"))
        return true;
    const QByteArrayView style = attribute(element, "style");
    if (!style.isEmpty() && style.toByteArray().toLower().replace(' ', "").contains("display:none"))
        return true;
    return hasAnyClass(element, classes);
}

QByteArray declaredCharset(QByteArrayView bytes)
{
    const QByteArray head = bytes.first(std::min(bytes.size(), kCharsetBytes)).toByteArray().toLower();
    qsizetype position = head.indexOf("charset=");
    if (position < 0)
        return {};
    position += 8;
    while (position < head.size() && (head[position] == '"' || head[position] == '\'' || head[position] == ' '))
        ++position;
    qsizetype end = position;
    while (end < head.size() && end - position < 40 && (std::isalnum(static_cast<unsigned char>(head[end])) || head[end] == '-' || head[end] == '_'))
        ++end;
    return head.sliced(position, end - position);
}

}  // namespace athanor::corpus
