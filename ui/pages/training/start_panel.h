// Before Start: model, documents, the five fields that matter, and beside them what the run will need and give.
// Role: makes the request; the plan changes with every field. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/forms/parameter_form.h"
#include "ui/pages/common/hint_list.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT StartPanel : public QWidget {
    Q_OBJECT
public:
    explicit StartPanel(shell::Session &session, QWidget *parent = nullptr);

    void refresh();
    void chooseModel(const QString &model);
    /// Everything as in an earlier run; `from` is a checkpoint to go on from, or empty.
    void takeOver(const project::Run &run, const QJsonObject &changes, const QString &from);
    workbench::RunRequest request() const;
    bool canStart() const { return m_canStart; }
    forms::ParameterForm *form() const { return m_form; }
    QString planText() const;

Q_SIGNALS:
    void planChanged();

private:
    void updatePlan();
    void showPlan(const model::Plan &plan);
    shell::Session &m_session;
    QComboBox *m_model, *m_dataset;
    QLabel *m_fromLabel;
    QPushButton *m_forgetFrom;
    forms::ParameterForm *m_form;
    style::FactList *m_facts;
    HintList *m_lines;
    QTimer m_delay;
    QString m_from;
    bool m_canStart = false;
};

}  // namespace athanor::pages
