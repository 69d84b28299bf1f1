// Chat: a model that was taught to answer converses as its chat template says; a base model continues a text, and the page
// says so plainly. Two models can stand side by side on the same prompt. The jobs behind it start with the first prompt
// and end when the page is left. Thread: the window's.
#pragma once

#include "ui/forms/parameter_form.h"
#include "ui/pages/chat/answer_column.h"
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
    /// {"checkpoint": path} or {"model": name}, {"prompt": text}, {"compare": path}.
    void open(const QJsonObject &argument) override;
    void setComparing(bool comparing);
    bool isComparing() const { return !m_right->isHidden(); }
    AnswerColumn *left() const { return m_left; }
    AnswerColumn *right() const { return m_right; }
    ChatClient *client() const { return m_left->client(); }
    CompletionView *view() const { return m_left->completion(); }
    QPlainTextEdit *promptField() const { return m_prompt; }
    QPlainTextEdit *systemField() const { return m_system; }
    QPushButton *compareButton() const { return m_compare; }
    QPushButton *promptsButton() const { return m_prompts; }
    forms::ParameterForm *form() const { return m_form; }
    void setQuitDelay(int milliseconds) { m_quitTimer.setInterval(milliseconds); }

protected:
    void hideEvent(QHideEvent *event) override;
    void showEvent(QShowEvent *event) override;

private:
    QWidget *makeTextColumn();
    QWidget *makePromptCard();
    QWidget *makeSideColumn();
    void connectColumn(AnswerColumn *column);
    QList<AnswerColumn *> columns() const;
    bool isBusy() const;
    bool anyChat() const;
    struct Words;
    Words words() const;
    void onPrimary();
    void send();
    void goOn();
    void askNext();
    void editLast();
    void writeAgain(AnswerColumn *column);
    void answerFile();
    void stop();
    void quit();
    void updateHeader();
    void updateMode();
    QString weights() const;
    QJsonObject sampling() const;
    Result<QString> startJob(const QString &checkpoint);
    std::optional<Error> jobProblem(const QString &jobPath) const;

    style::PageHeader *m_header;
    QPushButton *m_prompts, *m_compare, *m_clear;
    ErrorPanel *m_error;
    PageStack *m_stack;
    style::EmptyState *m_empty;
    AnswerColumn *m_left, *m_right;
    style::Card *m_promptCard, *m_systemCard;
    QPlainTextEdit *m_prompt, *m_system;
    QPushButton *m_again, *m_copy;
    forms::ParameterForm *m_form;
    QTimer m_quitTimer;
    QString m_asked;                    // what the waiting columns are asked too
    QList<AnswerColumn *> m_waiting;    // one writes after the other, so that their speeds can be compared
    int m_draws = 0;                    // of "write again": each takes another seed
};

}  // namespace athanor::pages
