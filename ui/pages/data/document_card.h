// One document or record of a dataset: a document before and after repair, a record as it is written and as the model
// sees it, with why it was removed, and the way to the next one. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/pages/common/layouts.h"
#include "ui/pages/data/diff_view.h"
#include "ui/pages/data/token_inspector.h"
#include "ui/style/chips.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

class ATHANOR_EXPORT DocumentCard : public style::Card {
    Q_OBJECT
public:
    explicit DocumentCard(shell::Session &session, QWidget *parent = nullptr);
    /// Nothing: says what can be done. Empty id: what was shown is gone.
    void show(const std::optional<project::Dataset> &dataset, const project::Document *document);
    DiffView *diff() const { return m_diff; }
    TokenInspector *inspector() const { return m_inspector; }
    style::ChipBar *views() const { return m_views; }
    QPushButton *nextButton() const { return m_next; }
    QPushButton *keepButton() const { return m_keep; }
    QPushButton *previousButton() const { return m_previous; }

Q_SIGNALS:
    void retryRequested();
    /// A person decides: this document stays whatever the rules say, or the rules decide again.
    void keepRequested(const QString &documentId, bool keep);
    /// −1 the previous one in the list, +1 the next.
    void stepRequested(int step);

private:
    void showKeep(const std::optional<project::Dataset> &dataset, const project::Document *document);
    void showNothing();
    void showHead(const project::Document &document);
    void showReason(const project::Document &document);
    void showText(const project::Dataset &dataset, const project::Document &document);
    void showRecord(const project::Dataset &dataset, const project::Document &document, const QString &before, const QString &after);
    shell::Session &m_session;
    QPushButton *m_previous, *m_next, *m_retry, *m_keep;
    QString m_shown;       // the document's id
    bool m_isKeptByPerson = false;
    style::ChipBar *m_views;
    QLabel *m_reason;
    PageStack *m_stack;
    DiffView *m_diff;
    TokenInspector *m_inspector;
};

}  // namespace athanor::pages
