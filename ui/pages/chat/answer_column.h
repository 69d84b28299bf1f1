// One model on the Chat page: which, in which number format, and what it writes, as a conversation when it was taught to
// answer and as a text to continue when not. Role: two of them stand side by side for a comparison. Thread: the window's.
#pragma once

#include "ui/pages/chat/completion_view.h"
#include "ui/pages/chat/conversation_view.h"
#include "ui/pages/common/layouts.h"

#include <QComboBox>

namespace athanor::project {
class Project;
}

namespace athanor::pages {

class ATHANOR_EXPORT AnswerColumn : public style::Card {
    Q_OBJECT
public:
    explicit AnswerColumn(QWidget *parent = nullptr);

    /// The checkpoints and brought-in models of a project; their number.
    int fill(const project::Project &project, const QString &projectPath);
    void setCheckpoint(const QString &path);
    QString checkpoint() const;
    QString modelTitle() const { return m_checkpoint->currentText(); }
    bool isChat() const { return m_isChat; }
    bool sorts() const { return m_sorts; }  // was taught labels
    bool readsFirst() const { return m_readsFirst; }  // an encoder reads, a decoder writes another text
    bool isBusy() const;

    /// Asks, or continues the text; `weights` as in model::generationSchema().
    void ask(const QString &text, const QString &systemPrompt, const QJsonObject &sampling, const QString &weights);
    void writeAgain(const QString &systemPrompt, const QJsonObject &sampling, const QString &weights);
    /// The last question, taken back.
    QString takeBackLast();
    void clear();
    QString wholeText() const;

    ChatClient *client() const { return m_client; }
    CompletionView *completion() const { return m_completion; }
    ConversationView *conversationView() const { return m_view; }
    const Conversation &conversation() const { return m_conversation; }
    QComboBox *checkpointBox() const { return m_checkpoint; }
    style::FactList *facts() const { return m_facts; }

Q_SIGNALS:
    void changed();
    void modeChanged();
    void editRequested();
    void writeAgainRequested();
    void failed(const athanor::Error &error);
    void ended();

private:
    void build();
    void onCheckpoint();
    void onState();
    void onToken(const ChatToken &token);
    void onFinished(const ChatEnd &end);
    void send(ChatRequest request);
    QString m_projectPath;
    QComboBox *m_checkpoint;
    style::HintRow *m_sentence;
    PageStack *m_stack;
    CompletionView *m_completion;
    ConversationView *m_view;
    QLabel *m_token;
    style::FactList *m_facts;
    ChatClient *m_client;
    Conversation m_conversation;
    QHash<QString, bool> m_hasTemplate;  // by checkpoint
    QElapsedTimer m_sinceFirst;
    qint64 m_tokens = 0;
    bool m_isChat = false;
    bool m_sorts = false;
    bool m_readsFirst = false;
    bool m_isSending = false;
};

}  // namespace athanor::pages
