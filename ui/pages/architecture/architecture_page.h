// The architecture, in two ways: a new model from choices, or one that exists, brought in with its weights; and the list
// of the project's models. Role: header, views and the jobs that bring models in. Thread: the window's.
#pragma once

#include "ui/pages/architecture/get_model_panel.h"
#include "ui/pages/architecture/models_view.h"
#include "ui/pages/architecture/new_model_view.h"
#include "ui/pages/common/job_panel.h"
#include "ui/shell/page.h"
#include "ui/style/chips.h"

class QMenu;

namespace athanor::pages {

class ATHANOR_EXPORT ArchitecturePage : public shell::ScrollPage {
    Q_OBJECT
public:
    enum View { NewView, GetView, ModelsListView };

    explicit ArchitecturePage(shell::Session &session, QWidget *parent = nullptr);

    void refresh() override;
    /// {"preset": id}, {"model": name}, {"get": source or ""}, {"models": name or ""}.
    void open(const QJsonObject &argument) override;
    /// A model's folder or file, while models are brought in.
    bool takeDrop(const QStringList &paths) override;
    void showView(View view);
    void usePreset(const QString &id) { m_new->usePreset(id); }

    NewModelView *newModel() const { return m_new; }
    GetModelPanel *getModel() const { return m_get; }
    ModelsView *models() const { return m_models; }
    style::ChipBar *ways() const { return m_ways; }
    JobFollower *follower() const { return m_follower; }
    forms::ParameterForm *form() const { return m_new->form(); }
    ArchitectureDiagram *diagram() const { return m_new->diagram(); }
    style::FactList *costs() const { return m_new->costs()->facts(); }
    QLineEdit *nameField() const { return m_new->nameField(); }

private:
    void build();
    void connectParts();
    void fillPresets();
    void followImport();
    void onImportSettled();
    void showArrived();
    void updateHeader();
    void updateNewHeader();
    void updateProblem();
    void onPrimary();
    void useForTraining();
    void bringIn();
    bool isBringingIn() const;
    void askForTokens(const QString &name);
    void extendModel(const QString &name, const QStringList &tokens, const QString &as);
    void deleteModel(const QString &name);

    JobFollower *m_follower;
    JobPanel *m_jobPanel;
    style::PageHeader *m_header;
    ErrorPanel *m_error;
    QMenu *m_presets;
    QPushButton *m_presetsButton, *m_measureButton;
    style::ChipBar *m_ways;
    PageStack *m_stack;
    NewModelView *m_new;
    GetModelPanel *m_get;
    ModelsView *m_models;
    QString m_awaited;   // the name of the model that a job is bringing in
    bool m_filled = false;
};

}  // namespace athanor::pages
