// A new model: a preset or the person's own choices of a family, drawn, with what it costs live beside it. Role: makes
// the choices that ArchitecturePage keeps as a model. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/forms/parameter_form.h"
#include "ui/pages/architecture/architecture_diagram.h"
#include "ui/pages/architecture/cost_column.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT NewModelView : public QWidget {
    Q_OBJECT
public:
    explicit NewModelView(shell::Session &session, QWidget *parent = nullptr);

    void refresh();
    void usePreset(const QString &id);
    void showModel(const project::Model &model);
    /// Works out the figures now instead of in a moment.
    void recompute();
    /// A short measurement of the architecture as it stands.
    void measure();

    bool isUsable() const { return !m_expanded.isEmpty() && m_tokenizer->count() > 0 && !m_name->text().trimmed().isEmpty(); }
    bool hasArchitecture() const { return !m_expanded.isEmpty(); }
    bool isMeasuring() const { return m_probe->isRunning(); }
    const std::optional<Error> &problem() const { return m_problem; }
    bool lacksTokenizer() const { return m_tokenizer->count() == 0; }
    QString name() const { return m_name->text().trimmed(); }
    QString architectureId() const { return chosen(m_architecture); }
    QString tokenizerName() const { return chosen(m_tokenizer); }
    QString summary() const;  // "small-13M · from scratch · …"
    QString command() const;

    forms::ParameterForm *form() const { return m_form; }
    QComboBox *familyBox() const { return m_architecture; }
    ArchitectureDiagram *diagram() const { return m_diagram; }
    CostColumn *costs() const { return m_costs; }
    QLineEdit *nameField() const { return m_name; }
    QString familySentence() const { return m_sentence->text(); }

Q_SIGNALS:
    void changed();

private:
    QWidget *makeDiagramCard();
    QWidget *makeFormCard();
    void fillArchitectures();
    void makeForm();
    void showChosen();
    void showLayer(int box);
    double measuredSpeed() const;
    qint64 vocabulary() const;

    shell::Session &m_session;
    QComboBox *m_architecture, *m_tokenizer;
    QLineEdit *m_name;
    QLabel *m_sentence;
    QVBoxLayout *m_formPlace;
    forms::ParameterForm *m_form = nullptr;
    ArchitectureDiagram *m_diagram;
    QLabel *m_layerText;
    CostColumn *m_costs;
    QTimer m_delay;
    JobFollower *m_probe;
    QJsonObject m_expanded;    // empty when the choices do not fit together
    std::optional<Error> m_problem;
    bool m_filled = false;
};

}  // namespace athanor::pages
