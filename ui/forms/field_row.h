// One field of a form: title, remark, editor, message. Private to this folder. Thread: the window's.
#pragma once

#include "core/plugin/parameter_schema.h"

#include <QWidget>

class QHBoxLayout;
class QLabel;
class QVBoxLayout;

namespace athanor::forms {

class FieldRow : public QWidget {
    Q_OBJECT
public:
    FieldRow(const plugin::Parameter &parameter, bool helpBelow, QWidget *parent);

    const plugin::Parameter &parameter() const { return m_parameter; }
    QWidget *editor() const { return m_editor; }
    QJsonValue value() const;            // as it stands; text when it is no number
    void setValue(const QJsonValue &value);
    QString text() const;                // as --set would take it
    void setMessage(const QString &message);
    QString message() const { return m_message; }
    void setNote(const QString &note);
    void setReadOnly(bool readOnly);
    QString helpText() const;
    /// The value before the present stretch of editing; for undo.
    QJsonValue settledValue() const { return m_settled; }
    void settle() { m_settled = value(); }

Q_SIGNALS:
    void edited();
    void helpWanted();

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    void makeEditor();
    QWidget *makeNumberEditor();
    QWidget *makeChoiceEditor();
    QWidget *makeTextEditor();
    QWidget *makeCheckBox();
    plugin::Parameter m_parameter;
    QVBoxLayout *m_layout = nullptr;
    QWidget *m_editor = nullptr;
    QLabel *m_note = nullptr;
    QLabel *m_messageLabel = nullptr;
    QString m_message;
    QJsonValue m_settled;
};

}  // namespace athanor::forms
