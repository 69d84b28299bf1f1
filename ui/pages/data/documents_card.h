// The documents of a dataset: search, chips with counts, the list. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/pages/data/document_list_model.h"
#include "ui/style/chips.h"
#include "ui/style/widgets.h"

#include <QLineEdit>
#include <QListView>
#include <QTimer>

namespace athanor::pages {

class ATHANOR_EXPORT DocumentsCard : public style::Card {
    Q_OBJECT
public:
    explicit DocumentsCard(QWidget *parent = nullptr);

    /// Shows a dataset; the same one again changes nothing.
    void setDataset(project::Project *project, const project::Dataset &dataset);
    void clear();
    /// "all", "kept", "removed", "unreadable" or "reason:<id>".
    void showOnly(const QString &chip);
    void select(const QString &documentId);
    /// The one so many rows further down in the list.
    void step(int rows);
    const project::Document *current() const;
    DocumentListModel *model() const { return m_model; }
    style::ChipBar *chips() const { return m_chips; }
    QLineEdit *search() const { return m_search; }
    QListView *list() const { return m_list; }

Q_SIGNALS:
    void currentChanged();

private:
    void applyFilter();
    void fillChips(const project::Dataset &dataset);
    project::Project *m_project = nullptr;
    qint64 m_dataset = -1;
    QLineEdit *m_search;
    style::ChipBar *m_chips;
    QListView *m_list;
    QLabel *m_nothing;
    DocumentListModel *m_model;
    QTimer m_delay;
};

}  // namespace athanor::pages
