// Taking a model out: format, precision and place; then the proof that what was written behaves as the model inside, and
// the model card. Role: one dialog for every page that has something to export. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/job_follower.h"

#include <QComboBox>
#include <QDialog>
#include <QLineEdit>
#include <QProgressBar>
#include <QTextBrowser>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT ExportDialog : public QDialog {
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
    QPushButton *exportButton() const { return m_export; }
    QPushButton *openFolderButton() const { return m_openFolder; }
    ErrorPanel *errorPanel() const { return m_error; }
    style::FactList *parity() const { return m_parity; }
    QString card() const { return m_card->toPlainText(); }
    JobFollower *follower() const { return m_follower; }

private:
    QWidget *makeForm();
    QWidget *makeResult();
    void fillDtypes();
    void proposePlace();
    void choosePlace();
    void start();
    void onProgress();
    void onSettled();
    void updateButtons();
    QString folderOf(const QString &path) const;

    shell::Session &m_session;
    QString m_model, m_checkpoint;
    QLabel *m_title, *m_why;
    QWidget *m_form, *m_result;
    QComboBox *m_format, *m_dtype;
    QLabel *m_formatWords;
    QLineEdit *m_to, *m_name;
    QProgressBar *m_bar;
    QLabel *m_words;
    ErrorPanel *m_error;
    style::FactList *m_parity, *m_files;
    QLabel *m_done;
    QTextBrowser *m_card;
    QPushButton *m_cancel, *m_export, *m_openFolder;
    JobFollower *m_follower;
    QString m_written;
    bool m_placeIsProposed = true;
};

}  // namespace athanor::pages
