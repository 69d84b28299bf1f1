// The sample text with each token on a shade of its loss. The number stands in the tooltip and, by the keys, in
// readoutChanged(). Thread: the window's.
#pragma once

#include "core/insight/inside_file.h"

#include <QTextEdit>

namespace athanor::pages {

class ATHANOR_EXPORT TokenLossView : public QTextEdit {
    Q_OBJECT
public:
    explicit TokenLossView(QWidget *parent = nullptr);
    void setLosses(const QStringList &tokens, const insight::TokenLosses &losses);
    /// "“ the” · 2.31 nats (probability 9.9 %)" of the token at this place of the text.
    QString wordsAt(int position) const;

Q_SIGNALS:
    void readoutChanged(const QString &words);

protected:
    bool viewportEvent(QEvent *event) override;

private:
    void write();
    int tokenAt(int position) const;
    QStringList m_tokens;
    insight::TokenLosses m_losses;
    std::vector<int> m_ends;  // of each token, in the document
};

}  // namespace athanor::pages
