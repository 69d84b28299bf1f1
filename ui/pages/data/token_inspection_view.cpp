#include "ui/pages/data/token_inspection_view.h"

#include "ui/style/appearance.h"
#include "ui/style/style_sheet.h"
#include "ui/style/type.h"

#include <algorithm>

namespace athanor::pages {

TokenInspectionView::TokenInspectionView(QWidget *parent) : QPlainTextEdit(parent)
{
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setTabChangesFocus(true);
    setFont(style::fixedFont(13));
    setAccessibleName(tr("The record as the model sees it, token by token"));
    setLineWrapMode(QPlainTextEdit::WidgetWidth);
    setWordWrapMode(QTextOption::WrapAnywhere);
    style::setRole(this, "plain");
    connect(this, &QPlainTextEdit::cursorPositionChanged, this, [this] { Q_EMIT tokenUnderCursor(describe(textCursor().position())); });
    connect(style::Appearance::instance(), &style::Appearance::changed, this, &TokenInspectionView::draw);
}

void TokenInspectionView::setPieces(const QList<Piece> &pieces, const QList<Piece> &cut)
{
    m_pieces = pieces + cut;
    m_seen = pieces.size();
    draw();
}

TokenRole TokenInspectionView::roleOf(qsizetype token) const
{
    if (token >= m_seen)
        return TokenRole::Cut;
    if (m_pieces[token].learns)
        return TokenRole::Learned;
    return m_pieces[token].isControl ? TokenRole::Template : TokenRole::Seen;
}

QString TokenInspectionView::roleWords(TokenRole role)
{
    switch (role) {
    case TokenRole::Learned: return tr("learned: the model must produce it");
    case TokenRole::Cut: return tr("cut off: beyond the limit, neither seen nor learned");
    case TokenRole::Template: return tr("the template's own mark: read only");
    case TokenRole::Seen: break;
    }
    return tr("seen only: read, not learned");
}

QTextCharFormat TokenInspectionView::formatOf(TokenRole role, bool odd)
{
    const style::Tokens &tokens = style::tokens();
    QTextCharFormat format;
    format.setForeground(tokens.text);
    switch (role) {
    case TokenRole::Seen: format.setBackground(style::mixed(tokens.surface, tokens.text, odd ? 0.10 : 0.05)); break;
    case TokenRole::Learned:
        format.setBackground(style::mixed(tokens.surface, tokens.good, odd ? 0.42 : 0.28));
        format.setFontWeight(QFont::DemiBold);
        break;
    case TokenRole::Template:
        format.setBackground(style::mixed(tokens.surface, tokens.series[0], odd ? 0.34 : 0.22));
        format.setFontItalic(true);
        break;
    case TokenRole::Cut:
        format.setBackground(style::mixed(tokens.surface, tokens.bad, odd ? 0.30 : 0.20));
        format.setFontStrikeOut(true);
        break;
    }
    return format;
}

void TokenInspectionView::draw()
{
    m_ends.clear();  // first: clearing moves the cursor, and that asks for the token under it
    clear();
    QTextCursor cursor(document());
    cursor.beginEditBlock();
    for (qsizetype i = 0; i < std::min<qsizetype>(m_pieces.size(), kMostTokens); ++i) {
        QString shown = m_pieces[i].text;
        if (shown.isEmpty())
            shown = QStringLiteral("·");
        shown.replace(QLatin1Char('\n'), QStringLiteral("⏎\n"));  // a line's end is seen, and ends the line
        cursor.insertText(shown, formatOf(roleOf(i), i % 2 == 1));
        m_ends += cursor.position();
    }
    cursor.endEditBlock();
    moveCursor(QTextCursor::Start);
}

QString TokenInspectionView::describe(int position) const
{
    const auto end = std::upper_bound(m_ends.begin(), m_ends.end(), position);
    if (end == m_ends.end())
        return {};
    const qsizetype token = end - m_ends.begin();
    QString shown = m_pieces[token].text;
    shown.replace(QLatin1Char('\n'), QStringLiteral("⏎")).replace(QLatin1Char(' '), QStringLiteral("␣"));
    return tr("“%1” · id %2 · %3").arg(shown, QString::number(m_pieces[token].id), roleWords(roleOf(token)));
}

bool TokenInspectionView::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        QToolTip::showText(help->globalPos(), describe(cursorForPosition(help->pos()).position()), viewport());
        return true;
    }
    return QPlainTextEdit::viewportEvent(event);
}

}  // namespace athanor::pages
