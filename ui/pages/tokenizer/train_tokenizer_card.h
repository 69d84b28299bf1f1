// What a new tokenizer is trained with: method, name, documents, and the method's own settings. Thread: the window's.
#pragma once

#include "ui/forms/parameter_form.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT TrainTokenizerCard : public style::Card {
    Q_OBJECT
public:
    explicit TrainTokenizerCard(shell::Session &session, QWidget *parent = nullptr);
    /// Methods, datasets and a free name, as they are now.
    void refresh();
    /// Queues the job; its id, or why not.
    Result<QString> start();
    /// The command line that does what start() does; empty when nothing can be started.
    QString command() const;
    forms::ParameterForm *form() const { return m_form; }
    QLineEdit *nameField() const { return m_name; }

Q_SIGNALS:
    void changed();

private:
    void fillMethods();
    void makeForm();
    shell::Session &m_session;
    QComboBox *m_method;
    QComboBox *m_dataset;
    QLineEdit *m_name;
    QLabel *m_methodHelp;
    QVBoxLayout *m_formPlace;
    forms::ParameterForm *m_form = nullptr;
};

}  // namespace athanor::pages
