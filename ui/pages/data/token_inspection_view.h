// A record as the model sees it: every token with what training makes of it. Role: colours and marks tokens (seen only,
// learned, cut off, the template's own), each also by the shape of its text; says more about the one under the cursor or
// the pointer. Thread: the window's.
#pragma once

#include "core/workbench/workbench.h"

#include <QPlainTextEdit>
#include <QTextCharFormat>

namespace athanor::pages {

enum class TokenRole { Seen, Learned, Cut, Template };

class ATHANOR_EXPORT TokenInspectionView : public QPlainTextEdit {
    Q_OBJECT
public:
    static constexpr int kMostTokens = 20'000;  // the rest is counted, not drawn

    explicit TokenInspectionView(QWidget *parent = nullptr);
    using Piece = workbench::TokenInspection::Piece;
    /// `cut`: what stood behind the limit.
    void setPieces(const QList<Piece> &pieces, const QList<Piece> &cut);
    TokenRole roleOf(qsizetype token) const;
    qsizetype tokenCount() const { return m_pieces.size(); }
    static QString roleWords(TokenRole role);
    /// How tokens of a role are drawn; `odd`: every second one is a little deeper, so that neighbours are told apart.
    static QTextCharFormat formatOf(TokenRole role, bool odd);
    /// "“the” · id 318 · learned"; empty where there is no token.
    QString describe(int position) const;

Q_SIGNALS:
    void tokenUnderCursor(const QString &description);

protected:
    bool viewportEvent(QEvent *event) override;

private:
    void draw();
    QList<Piece> m_pieces;
    qsizetype m_seen = 0;   // of them; the others are cut off
    QList<int> m_ends;  // position after each token
};

}  // namespace athanor::pages
