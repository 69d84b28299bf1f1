#include "ui/pages/training/token_loss_view.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/style_sheet.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

#include <algorithm>
#include <cmath>

namespace athanor::pages {

namespace {

constexpr double kWorstLoss = 8;     // nats: from here on the shade is full
constexpr double kStrongest = 0.55;  // of the colour, so that the text stays readable

/// Line ends are shown where they are, so that a token that is nothing else can be seen and pointed at.
QString shown(QString token) { return token.replace(QLatin1Char('\n'), QStringLiteral("⏎\n")); }

}  // namespace

TokenLossView::TokenLossView(QWidget *parent) : QTextEdit(parent)
{
    setReadOnly(true);
    setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    setTabChangesFocus(true);
    setFont(style::fixedFont(13));
    setAccessibleName(tr("Sample text with the loss of each token"));
    style::setRole(this, "plain");
    setMinimumHeight(110);
    connect(this, &QTextEdit::cursorPositionChanged, this, [this] { Q_EMIT readoutChanged(wordsAt(textCursor().position())); });
    connect(style::Appearance::instance(), &style::Appearance::changed, this, &TokenLossView::write);
}

void TokenLossView::setLosses(const QStringList &tokens, const insight::TokenLosses &losses)
{
    if (tokens == m_tokens && losses.step == m_losses.step && losses.losses.size() == m_losses.losses.size())
        return;
    m_tokens = tokens;
    m_losses = losses;
    write();
}

/// Keeps the caret and what is scrolled to: the text stays the same, only its shades change.
void TokenLossView::write()
{
    const int caret = textCursor().position(), scrolled = verticalScrollBar()->value();
    const QSignalBlocker quiet(this);
    clear();
    m_ends.clear();
    QTextCursor cursor(document());
    for (qsizetype i = 0; i < m_tokens.size(); ++i) {
        QTextCharFormat format;
        const double loss = size_t(i) < m_losses.losses.size() ? m_losses.losses[size_t(i)] : std::numeric_limits<double>::quiet_NaN();
        if (std::isfinite(loss))
            format.setBackground(style::mixed(style::tokens().surface, style::tokens().attention, kStrongest * std::clamp(loss / kWorstLoss, 0.0, 1.0)));
        cursor.insertText(shown(m_tokens[i]), format);
        m_ends.push_back(cursor.position());
    }
    QTextCursor back = textCursor();
    back.setPosition(std::min(caret, document()->characterCount() - 1));
    setTextCursor(back);
    verticalScrollBar()->setValue(scrolled);
}

int TokenLossView::tokenAt(int position) const
{
    const auto end = std::upper_bound(m_ends.begin(), m_ends.end(), position);
    return end == m_ends.end() ? -1 : int(end - m_ends.begin());
}

QString TokenLossView::wordsAt(int position) const
{
    const int token = tokenAt(position);
    if (token < 0)
        return {};
    const QString text = QStringLiteral("“%1”").arg(QString(m_tokens[token]).replace(QLatin1Char('\n'), QStringLiteral("⏎")));
    const double loss = size_t(token) < m_losses.losses.size() ? m_losses.losses[size_t(token)] : std::numeric_limits<double>::quiet_NaN();
    if (!std::isfinite(loss))
        return tr("%1 · given, nothing is asked").arg(text);
    return tr("%1 · loss %2 nats (probability %3 %)").arg(text, QString::number(loss, 'f', 2), formatReal(100 * std::exp(-loss), 2));
}

bool TokenLossView::viewportEvent(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QTextEdit::viewportEvent(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const QString words = wordsAt(cursorForPosition(help->pos()).position());
    if (words.isEmpty())
        QToolTip::hideText();
    else
        QToolTip::showText(help->globalPos(), words, this);
    return true;
}

}  // namespace athanor::pages
