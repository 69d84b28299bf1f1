// Bringing in a model that exists: where it comes from (a folder or file, an address, a repository, a suggestion), and
// what it is, before anything happens. Role: makes the request; looks at files at once, and asks servers with a job.
// Thread: the window's.
#pragma once

#include "ui/pages/architecture/model_preview.h"
#include "ui/pages/architecture/suggestion_list.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"

#include <QLineEdit>

namespace athanor::shell {
class Session;
}

namespace athanor::pages {

class ATHANOR_EXPORT GetModelPanel : public QWidget {
    Q_OBJECT
public:
    explicit GetModelPanel(shell::Session &session, QWidget *parent = nullptr);

    void refresh();
    /// A path, an address or "owner/name": shown in the field and looked at.
    void look(const QString &source, const QString &file = {});
    void clear();
    void showPreview(const ModelPreview &preview);
    bool canBringIn() const;
    bool isAsking() const { return m_lookup->isRunning(); }
    workbench::ImportRequest request() const;
    const ModelPreview &preview() const { return m_preview; }
    QLineEdit *sourceField() const { return m_source; }
    QPushButton *lookButton() const { return m_look; }
    QLineEdit *nameField() const { return m_name; }
    QComboBox *fileBox() const { return m_file; }
    QComboBox *baseBox() const { return m_base; }
    SuggestionList *suggestions() const { return m_suggestions; }
    ErrorPanel *errorPanel() const { return m_error; }
    style::FactList *facts() const { return m_facts; }

Q_SIGNALS:
    void changed();

private:
    QWidget *makeSourceCard();
    QWidget *makePreviewCard();
    void onLook();
    void inspect(const QString &path);
    void ask(const QString &address, const QString &file);
    void onAnswer();
    void showProblem(const Error &error);
    void chooseFolder();
    void chooseFile();
    void checkName();
    void offerBases(const QString &named, ModelPreview &preview, bool mayDownload);

    shell::Session &m_session;
    QLineEdit *m_source, *m_name, *m_licence;
    QPushButton *m_look;
    SuggestionList *m_suggestions;
    QLabel *m_suggestionsNote, *m_sentence, *m_nameProblem, *m_asking;
    style::Card *m_previewCard;
    style::FactList *m_facts;
    HintList *m_remarks;
    ErrorPanel *m_error;
    QComboBox *m_file, *m_base;
    QWidget *m_fileRow, *m_baseRow, *m_fields;
    style::EmptyState *m_nothing;
    JobFollower *m_lookup;
    ModelPreview m_preview;
    QString m_looked;     // what the preview is of
    bool m_filled = false;
};

}  // namespace athanor::pages
