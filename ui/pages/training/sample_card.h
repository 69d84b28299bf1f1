// What the model writes while it learns: the newest sample, and the way back through the earlier ones. Role: the
// sample of step 0 is noise and says so. Thread: the window's.
#pragma once

#include "core/job/event.h"
#include "ui/style/widgets.h"

#include <QPlainTextEdit>

namespace athanor::pages {

class ATHANOR_EXPORT SampleCard : public style::Card {
    Q_OBJECT
public:
    explicit SampleCard(QWidget *parent = nullptr);
    void clear();
    /// Takes sample events; others are passed over. A repeated step of a later attempt replaces the earlier one.
    void add(const QList<job::Event> &events);
    int count() const { return int(m_samples.size()); }
    QString shownText() const { return m_text->toPlainText(); }
    QString label() const { return m_label->text(); }

private:
    struct Sample {
        qint64 step;
        QString prompt, text, label;
    };
    void show(int index);
    QList<Sample> m_samples;  // by step
    int m_shown = -1;
    QLabel *m_label;
    QPlainTextEdit *m_text;
    QLabel *m_prompt;
    QPushButton *m_back, *m_forward;
};

}  // namespace athanor::pages
