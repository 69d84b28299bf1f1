// Asks for new tokens of a model, one a line, and for the name of the model that will have them. Thread: the window's.
#pragma once

#include "ui/pages/common/page_parts.h"

#include <QDialog>

class QLineEdit;
class QPlainTextEdit;

namespace athanor::pages {

class ATHANOR_EXPORT TokensDialog : public QDialog {
    Q_OBJECT
public:
    TokensDialog(const QString &model, const QString &proposedName, QWidget *parent = nullptr);
    /// Without empty lines and repetitions.
    QStringList tokens() const;
    QString name() const;
    QPlainTextEdit *editor() const { return m_tokens; }
    QPushButton *acceptButton() const { return m_accept; }

private:
    QPlainTextEdit *m_tokens;
    QLineEdit *m_name;
    QPushButton *m_accept;
};

}  // namespace athanor::pages
