// A recipe: what the sources hold (documents, or examples whose columns are mapped by a form), and a list of steps that
// can be switched on and off, each with its settings. Role: every method of the kinds cleaner, filter and deduplicator
// that suits the content is offered; forms come from their schemas. Thread: the window's.
#pragma once

#include "core/plugin/catalogue.h"
#include "ui/forms/parameter_form.h"
#include "ui/style/chips.h"
#include "ui/style/widgets.h"

#include <QCheckBox>
#include <QDialog>

namespace athanor::pages {

class ATHANOR_EXPORT RecipeEditor : public QWidget {
    Q_OBJECT
public:
    RecipeEditor(const plugin::Catalogue &plugins, const QJsonObject &recipe, QWidget *parent = nullptr);

    QJsonObject recipe() const;
    bool isOfRecords() const { return m_content->current() == QLatin1String("records"); }
    /// Documents or records; the steps become the usual ones of that content.
    void setContent(bool records);
    bool isValid() const;
    QString firstError() const;
    QCheckBox *stepSwitch(const QString &pluginId) const;
    forms::ParameterForm *stepForm(const QString &pluginId) const;
    style::ChipBar *contentBar() const { return m_content; }
    forms::ParameterForm *columnsForm() const { return m_columns; }

Q_SIGNALS:
    void changed();

private:
    struct Step {
        QString plugin;
        QCheckBox *on = nullptr;
        QWidget *place = nullptr;
        forms::ParameterForm *form = nullptr;  // made when first unfolded; else `settings` stand
        QJsonObject settings;
    };
    QWidget *makeContentCard();
    void fillSteps();
    void arrangeColumns();
    void addStep(const plugin::Metadata &method, const QJsonObject &settings, bool on, QVBoxLayout *column);
    void unfold(Step &step, const plugin::Metadata &method);
    const Step *find(const QString &pluginId) const;
    const plugin::Catalogue &m_plugins;
    QJsonObject m_recipe;
    style::ChipBar *m_content;
    QLabel *m_contentWords;
    forms::ParameterForm *m_columns;
    QVBoxLayout *m_stepPlace;
    std::vector<std::unique_ptr<Step>> m_steps;
    forms::ParameterForm *m_split;
};

/// The editor with Cancel and “Prepare again”.
class ATHANOR_EXPORT RecipeDialog : public QDialog {
    Q_OBJECT
public:
    RecipeDialog(const plugin::Catalogue &plugins, const QJsonObject &recipe, QWidget *parent);
    /// Before the person sees it: documents or records.
    void setContent(bool records);
    RecipeEditor *editor() const { return m_editor; }
    QPushButton *acceptButton() const { return m_accept; }

private:
    void updateTexts();
    RecipeEditor *m_editor;
    QLabel *m_title, *m_note, *m_problem;
    QPushButton *m_accept;
};

}  // namespace athanor::pages
