// Chat, first form: a checkpoint continues a text, live, with the probability of each token. Role: says plainly that
// a base model continues and does not answer. The job behind it starts with the first prompt and ends when the page
// is left. Thread: the window's.
#pragma once

#include "ui/forms/parameter_form.h"
#include "ui/pages/chat/completion_view.h"
#include "ui/pages/common/error_panel.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/page.h"

namespace athanor::pages {

class ATHANOR_EXPORT ChatPage : public shell::ScrollPage {
    Q_OBJECT
public:
    explicit ChatPage(shell::Session &session, QWidget *parent = nullptr);
    ~ChatPage() override;

    void refresh() override;
    /// {"checkpoint": path}, {"prompt": text}.
    void open(const QJsonObject &argument) override;
    ChatClient *client() const { return m_client; }
    CompletionView *view() const { return m_view; }
    QPlainTextEdit *promptField() const { return m_prompt; }
    forms::ParameterForm *form() const { return m_form; }
    void setQuitDelay(int milliseconds) { m_quitTimer.setInterval(milliseconds); }

protected:
    void hideEvent(QHideEvent *event) override;
    void showEvent(QShowEvent *event) override;
    bool eventFilter(QObject *watched, QEvent *event) override;

private:
    QWidget *makeTextColumn();
    QWidget *makeSideColumn();
    void connectClient();
    void onPrimary();
    QJsonObject sampling() const;
    void write();
    void updateHeader();
    Result<QString> startJob(const QString &checkpoint);
    std::optional<Error> jobProblem(const QString &jobPath) const;

    style::PageHeader *m_header;
    ErrorPanel *m_error;
    PageStack *m_stack;
    style::EmptyState *m_empty;
    QComboBox *m_checkpoint;
    CompletionView *m_view;
    QPlainTextEdit *m_prompt;
    QPushButton *m_again, *m_copy;
    forms::ParameterForm *m_form;
    style::FactList *m_facts;
    QLabel *m_token;
    ChatClient *m_client;
    QTimer m_quitTimer;
    QElapsedTimer m_sinceFirst;
    QString m_lastPrompt;
};

/// The sampling settings, declared as a plugin's are.
ATHANOR_EXPORT const plugin::ParameterSchema &samplingSchema();

}  // namespace athanor::pages
