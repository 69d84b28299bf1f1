// Answering a whole file of prompts with a model: which file, how it is read, where the answers go; then the job, and the
// first answers. Role: the window's form of `generate --prompts`. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/job_follower.h"

#include <QCheckBox>
#include <QDialog>
#include <QLineEdit>
#include <QProgressBar>
#include <QSpinBox>
#include <QTableWidget>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT PromptsDialog : public QDialog {
    Q_OBJECT
public:
    /// What the page knows already: the model (for resolveCheckpoint()), its settings, whether it converses, the system prompt.
    PromptsDialog(shell::Session &session, workbench::PromptsRequest known, const QString &modelTitle, QWidget *parent);
    /// Shows one that deletes itself when it is closed.
    static PromptsDialog *open(shell::Session &session, const workbench::PromptsRequest &known, const QString &modelTitle, QWidget *parent);

    workbench::PromptsRequest request() const;
    void setFile(const QString &path);
    QLineEdit *fileField() const { return m_file; }
    QLineEdit *placeField() const { return m_to; }
    QCheckBox *chatBox() const { return m_asChat; }
    QSpinBox *batchBox() const { return m_batch; }
    QPushButton *startButton() const { return m_start; }
    QPushButton *openButton() const { return m_open; }
    QTableWidget *table() const { return m_table; }
    QLabel *summaryLabel() const { return m_words; }
    ErrorPanel *errorPanel() const { return m_error; }
    JobFollower *follower() const { return m_follower; }

private:
    QWidget *makeForm();
    void chooseFile();
    void choosePlace();
    void start();
    void onProgress();
    void onSettled();
    void showAnswers(const QJsonObject &result);
    void updateButtons();

    shell::Session &m_session;
    workbench::PromptsRequest m_known;
    QWidget *m_form;
    QLineEdit *m_file, *m_to;
    QCheckBox *m_asChat;
    QSpinBox *m_batch;
    QProgressBar *m_bar;
    QLabel *m_words;
    QTableWidget *m_table;
    ErrorPanel *m_error;
    QPushButton *m_cancel, *m_start, *m_open;
    JobFollower *m_follower;
    QString m_written;
    bool m_placeIsProposed = true;
};

}  // namespace athanor::pages
