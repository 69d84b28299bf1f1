// A field in which typed text is coloured by token, live. Role: shows where the tokenizer cuts; hovering (or moving
// the cursor) names the token's id and bytes. Limit: texts over kMostCharacters are coloured up to there.
// Thread: the window's.
#pragma once

#include "ui/pages/tokenizer/token_segments.h"

#include <QPlainTextEdit>
#include <QTimer>

namespace athanor::pages {

class ATHANOR_EXPORT TokenEditor : public QPlainTextEdit {
    Q_OBJECT
public:
    static constexpr int kMostCharacters = 20'000;
    static constexpr int kDelayMs = 80;

    explicit TokenEditor(QWidget *parent = nullptr);
    void setTokenizer(std::shared_ptr<const tokenizer::Tokenizer> tokenizer);
    const Tokenisation &tokenisation() const { return m_tokenisation; }
    /// "id 318 · “␣the” · 4 bytes" of the token at a position of the text; empty when there is none.
    QString describe(int position) const;

Q_SIGNALS:
    void tokenised();
    void tokenUnderCursor(const QString &description);

protected:
    bool viewportEvent(QEvent *event) override;

private:
    void update();
    void colour();
    std::shared_ptr<const tokenizer::Tokenizer> m_tokenizer;
    Tokenisation m_tokenisation;
    QTimer m_delay;
};

}  // namespace athanor::pages
