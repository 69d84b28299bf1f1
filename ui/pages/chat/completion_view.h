// A prompt and what the model made of it. Role: each token's background is the deeper, the less certain the model
// was; hovering or moving the cursor into it shows the alternatives. Thread: the window's.
#pragma once

#include "ui/pages/chat/chat_client.h"

#include <QPlainTextEdit>

namespace athanor::pages {

class ATHANOR_EXPORT CompletionView : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit CompletionView(QWidget *parent = nullptr);
    void begin(const QString &prompt);
    void append(const ChatToken &token);
    int tokenCount() const { return int(m_tokens.size()); }
    QString completion() const;
    const ChatToken *tokenAt(int position) const;
    /// "“the” 31 %\nalso possible: “a” 12 %, …"
    static QString describe(const ChatToken &token);

Q_SIGNALS:
    void tokenUnderCursor(const QString &description);

protected:
    bool viewportEvent(QEvent *event) override;

private:
    int m_start = 0;
    QList<ChatToken> m_tokens;
    QList<int> m_ends;  // position after each token
    QString m_prompt;
};

}  // namespace athanor::pages
