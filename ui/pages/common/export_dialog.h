// Taking a model out: format, precision and place; then the proof that what was written behaves as the model inside, and
// the model card. Role: one dialog for every page that has something to export. Thread: the window's.
#pragma once

#include "ui/pages/common/job_dialog.h"

#include <QComboBox>
#include <QLineEdit>
#include <QTextBrowser>

namespace athanor::pages {

class ATHANOR_EXPORT ExportDialog : public JobDialog {
    Q_OBJECT
public:
    /// MODEL as for Workbench::resolveCheckpoint().
    ExportDialog(shell::Session &session, const QString &model, QWidget *parent);
    /// Shows one that deletes itself when it is closed.
    static ExportDialog *open(shell::Session &session, const QString &model, QWidget *parent);

    workbench::ExportRequest request() const;
    /// Shows what an export job that has ended well wrote and proved.
    void showResult(const QJsonObject &result);
    QComboBox *formatBox() const { return m_format; }
    QComboBox *dtypeBox() const { return m_dtype; }
    QLineEdit *placeField() const { return m_to; }
    QLineEdit *nameField() const { return m_name; }
    style::FactList *parity() const { return m_parity; }
    QString card() const { return m_card->toPlainText(); }

private:
    Result<job::Folder> startJob() override;
    void onResult(const QJsonObject &result) override { showResult(result); }
    std::pair<QString, QString> endedWords(const job::Summary &summary) const override;
    void refresh() override;
    QWidget *makeForm();
    QWidget *makeResult();
    void fillDtypes();
    void proposePlace();
    void choosePlace();

    QString m_model, m_checkpoint;
    QLabel *m_title, *m_why;
    QComboBox *m_format, *m_dtype;
    QLabel *m_formatWords;
    QLineEdit *m_to, *m_name;
    style::FactList *m_parity, *m_files;
    QLabel *m_done;
    QTextBrowser *m_card;
    bool m_placeIsProposed = true;
};

}  // namespace athanor::pages
