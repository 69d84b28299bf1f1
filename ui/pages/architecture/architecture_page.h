// The architecture: a preset or the person's own choices, drawn, with what it costs live beside it. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/forms/parameter_form.h"
#include "ui/pages/architecture/architecture_diagram.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/hint_list.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"
#include "ui/plots/stacked_bar.h"
#include "ui/shell/page.h"

class QMenu;

namespace athanor::pages {

class ATHANOR_EXPORT ArchitecturePage : public shell::ScrollPage {
    Q_OBJECT
public:
    explicit ArchitecturePage(shell::Session &session, QWidget *parent = nullptr);

    void refresh() override;
    /// {"preset": id} or {"model": name}.
    void open(const QJsonObject &argument) override;
    void usePreset(const QString &id);
    forms::ParameterForm *form() const { return m_form; }
    ArchitectureDiagram *diagram() const { return m_diagram; }
    style::FactList *costs() const { return m_costs; }
    QLineEdit *nameField() const { return m_name; }

private:
    QWidget *makeDiagramCard();
    QWidget *makeFormCard();
    QWidget *makeCostColumn();
    void fillPresets();
    void fillArchitectures();
    void makeForm();
    void showChosen();
    void recompute();
    void showCosts(const model::Plan &plan);
    void showParts(const model::Accounting &accounting);
    void showLayer(int box);
    void showModel(const project::Model &model);
    void updateHeader();
    void measure();
    void useForTraining();
    qint64 vocabulary() const;

    style::PageHeader *m_header;
    ErrorPanel *m_error;
    QMenu *m_presets;
    QPushButton *m_presetsButton, *m_measureButton;
    QComboBox *m_architecture, *m_tokenizer;
    QLineEdit *m_name;
    QVBoxLayout *m_formPlace;
    forms::ParameterForm *m_form = nullptr;
    ArchitectureDiagram *m_diagram;
    QLabel *m_layerText;
    style::FactList *m_costs;
    plots::StackedBar *m_parts;
    QLabel *m_partsHint;
    HintList *m_lines;
    QTimer m_delay;
    JobFollower *m_probe;
    QJsonObject m_expanded;    // empty when the choices do not fit together
    QString m_preset;          // chosen and unchanged since
    qint64 m_parameters = 0;
    bool m_filled = false;
};

}  // namespace athanor::pages
