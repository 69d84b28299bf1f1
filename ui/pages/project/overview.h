// The open project at a glance: figures, how each stage stands, what it is for, and the next action. Thread: the window's.
#pragma once

#include "ui/pages/project/exports_card.h"
#include "ui/shell/session.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

class ATHANOR_EXPORT Overview : public QWidget {
    Q_OBJECT
public:
    explicit Overview(shell::Session &session, QWidget *parent = nullptr);
    void refresh();
    style::PageHeader *header() const { return m_header; }
    QPushButton *exportButton() const { return m_export; }
    ExportsCard *exportsCard() const { return m_exports; }

Q_SIGNALS:
    void wizardWanted();
    void planWanted();  // the wizard's last step, for a project whose documents are there

private:
    struct NextAction {
        QString text;
        std::function<void()> run;
    };
    NextAction nextAction();
    void refreshFigures();
    void refreshStages();
    void refreshObjective();
    void refreshExports();
    bool hasSources() const;

    shell::Session &m_session;
    style::PageHeader *m_header;
    style::ValueCard *m_documents, *m_tokenizer, *m_model, *m_result;
    style::Card *m_stages;
    style::FactList *m_objective;
    style::Card *m_objectiveCard;
    QPushButton *m_export;
    ExportsCard *m_exports;
    QString m_exportable;  // the checkpoint that "Export" begins with
    std::function<void()> m_next;
};

}  // namespace athanor::pages
