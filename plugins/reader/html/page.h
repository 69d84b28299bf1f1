// A parsed page and what of it is content. Role: knows HTML elements, roles and classes; nothing of layout.
// Thread: each object for one thread.
#pragma once

#include "core/base/error.h"

#include <gumbo.h>

#include <memory>
#include <vector>

namespace athanor::corpus {

/// Memory of one parse: given back at once, so that no recursion over the tree is needed to free it.
class Arena;

class Page {
public:
    /// Errors: broken (nested too deep).
    static Result<Page> parse(const QByteArray &utf8);
    Page(Page &&) noexcept;
    ~Page();

    /// The element that holds the content: the one main element, or the body, or the whole document.
    const GumboNode *content() const;
    const GumboNode *document() const;

private:
    explicit Page(std::unique_ptr<Arena> arena) ;
    std::unique_ptr<Arena> m_arena;
    QByteArray m_text;
    GumboOutput *m_output = nullptr;
};

/// Menus, search fields, side bars, footers, marks beside headings, line numbers, and what is never shown.
bool isBoilerplate(const GumboElement &element);
/// Never text: scripts, styles, drawings, form fields.
bool isNeverText(const GumboElement &element);

/// The charset that the page declares in its first kilobytes; empty when none.
QByteArray declaredCharset(QByteArrayView bytes);

}  // namespace athanor::corpus
