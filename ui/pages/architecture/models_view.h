// The models of this project: made here, or brought in with their weights; what each is, and what can be done with it.
// Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT ModelsView : public QWidget {
    Q_OBJECT
public:
    explicit ModelsView(shell::Session &session, QWidget *parent = nullptr);
    void refresh();
    void select(const QString &name);
    /// The chosen model, or nothing when there is none.
    const project::Model *current() const;
    int count() const { return int(m_models.size()); }
    QTableWidget *table() const { return m_table; }
    style::FactList *facts() const { return m_facts; }
    QPushButton *tryButton() const { return m_try; }
    QPushButton *exportButton() const { return m_export; }
    QPushButton *extendButton() const { return m_extend; }
    QPushButton *deleteButton() const { return m_delete; }

Q_SIGNALS:
    void currentChanged();
    void tryRequested(const QString &model);
    void exportRequested(const QString &model);
    void architectureRequested(const QString &model);
    void extendRequested(const QString &model);
    void deleteRequested(const QString &model);

private:
    QWidget *makeDetails();
    void fillRow(int row);
    void showCurrent();
    void showFacts(const project::Model &model);
    bool hasWeights(const project::Model &model) const;
    shell::Session &m_session;
    QList<project::Model> m_models;  // newest first
    QTableWidget *m_table;
    style::Card *m_details;
    QLabel *m_sentence;
    style::FactList *m_facts;
    QWidget *m_warnings;
    QPushButton *m_try, *m_export, *m_extend, *m_architecture, *m_delete;
};

}  // namespace athanor::pages
