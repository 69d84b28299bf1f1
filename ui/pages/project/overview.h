// The open project at a glance: figures, how each stage stands, what it is for, and the next action. Thread: the window's.
#pragma once

#include "ui/shell/session.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

class ATHANOR_EXPORT Overview : public QWidget {
    Q_OBJECT
public:
    explicit Overview(shell::Session &session, QWidget *parent = nullptr);
    void refresh();
    style::PageHeader *header() const { return m_header; }

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
    bool hasSources() const;

    shell::Session &m_session;
    style::PageHeader *m_header;
    style::ValueCard *m_documents, *m_tokenizer, *m_model, *m_result;
    style::Card *m_stages;
    style::FactList *m_objective;
    style::Card *m_objectiveCard;
    std::function<void()> m_next;
};

}  // namespace athanor::pages
