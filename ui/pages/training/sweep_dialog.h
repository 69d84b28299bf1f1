// Asks which settings of a run are to be tried with which values, and starts the sweep. Role: says at every moment how many
// runs that makes and how long they take at most. Thread: the window's.
#pragma once

#include "core/workbench/sweep.h"

#include <QCheckBox>
#include <QComboBox>
#include <QDialog>
#include <QLabel>
#include <QLineEdit>
#include <QPushButton>
#include <QSpinBox>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT SweepDialog : public QDialog {
    Q_OBJECT
public:
    SweepDialog(shell::Session &session, const workbench::RunRequest &request, QWidget *parent = nullptr);
    /// Shows it; it deletes itself when it is closed.
    static SweepDialog *open(shell::Session &session, const workbench::RunRequest &request, QWidget *parent);
    QComboBox *setting(int row) const { return m_rows[size_t(row)].setting; }
    QLineEdit *values(int row) const { return m_rows[size_t(row)].values; }
    QPushButton *startButton() const { return m_start; }
    QString summary() const { return m_words->text(); }

Q_SIGNALS:
    void started(const QString &sweepId);

private:
    struct Row {
        QComboBox *setting;
        QLineEdit *values;
    };
    QWidget *makeRows();
    QWidget *makeManner();
    workbench::SweepRequest request() const;
    void review();
    void start();
    shell::Session &m_session;
    workbench::RunRequest m_run;
    std::vector<Row> m_rows;
    QComboBox *m_manner;
    QSpinBox *m_draws;
    QCheckBox *m_stops;
    QLabel *m_words;
    QPushButton *m_start;
};

}  // namespace athanor::pages
