// Answering a whole file of prompts with a model: which file, how it is read, where the answers go; then the job, and the
// first answers. Role: the window's form of `generate --prompts`. Thread: the window's.
#pragma once

#include "ui/pages/common/job_dialog.h"

#include <QCheckBox>
#include <QLineEdit>
#include <QSpinBox>
#include <QTableWidget>

namespace athanor::pages {

class ATHANOR_EXPORT PromptsDialog : public JobDialog {
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
    QTableWidget *table() const { return m_table; }
    QLabel *summaryLabel() const { return m_words; }

private:
    QWidget *makeForm();
    void chooseFile();
    void choosePlace();
    Result<job::Folder> startJob() override;
    void onResult(const QJsonObject &result) override;
    std::pair<QString, QString> endedWords(const job::Summary &summary) const override;
    void refresh() override;
    void showAnswers();

    workbench::PromptsRequest m_known;
    QLineEdit *m_file, *m_to;
    QCheckBox *m_asChat;
    QSpinBox *m_batch;
    QTableWidget *m_table;
    bool m_placeIsProposed = true;
};

}  // namespace athanor::pages
