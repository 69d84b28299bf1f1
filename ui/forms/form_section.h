// Fields under one heading that opens and closes them, and says how many differ from what is usual. Thread: the window's.
#pragma once

#include <QWidget>

class QPushButton;
class QVBoxLayout;

namespace athanor::forms {

class FormSection : public QWidget {
    Q_OBJECT
public:
    FormSection(const QString &title, int gap, QWidget *parent);
    QString title() const { return m_title; }
    QVBoxLayout *fields() const { return m_fields; }
    QPushButton *button() const { return m_button; }
    bool isOpen() const;
    void setOpen(bool open);
    void setChangedCount(int count);

private:
    void write();
    QString m_title;
    QPushButton *m_button;
    QWidget *m_body;
    QVBoxLayout *m_fields;
    int m_changedCount = 0;
};

}  // namespace athanor::forms
