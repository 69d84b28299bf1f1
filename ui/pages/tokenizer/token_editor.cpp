#include "ui/pages/tokenizer/token_editor.h"

#include "ui/style/appearance.h"
#include "ui/style/type.h"

namespace athanor::pages {

TokenEditor::TokenEditor(QWidget *parent) : QPlainTextEdit(parent)
{
    setTabChangesFocus(true);
    setAccessibleName(tr("Text to try the tokenizer on"));
    setFont(style::fixedFont(14));
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &TokenEditor::update);
    connect(this, &QPlainTextEdit::textChanged, this, [this] { m_delay.start(); });
    connect(this, &QPlainTextEdit::cursorPositionChanged, this,
            [this] { Q_EMIT tokenUnderCursor(describe(textCursor().position())); });
    connect(style::Appearance::instance(), &style::Appearance::changed, this, &TokenEditor::colour);
}

void TokenEditor::setTokenizer(std::shared_ptr<const tokenizer::Tokenizer> tokenizer)
{
    m_tokenizer = std::move(tokenizer);
    update();
}

void TokenEditor::update()
{
    m_tokenisation = m_tokenizer ? tokenise(*m_tokenizer, toPlainText().left(kMostCharacters)) : Tokenisation();
    colour();
    Q_EMIT tokenised();
    Q_EMIT tokenUnderCursor(describe(textCursor().position()));
}

void TokenEditor::colour()
{
    const style::Tokens &tokens = style::tokens();
    QList<QTextEdit::ExtraSelection> marks;
    marks.reserve(m_tokenisation.segments.size());
    for (qsizetype i = 0; i < m_tokenisation.segments.size(); ++i) {
        const TokenSegment &segment = m_tokenisation.segments[i];
        if (segment.start + segment.length >= document()->characterCount())
            break;  // the text has changed since; it will be cut anew in a moment
        QTextEdit::ExtraSelection mark;
        mark.cursor = QTextCursor(document());
        mark.cursor.setPosition(segment.start);
        mark.cursor.setPosition(segment.start + segment.length, QTextCursor::KeepAnchor);
        mark.format.setBackground(style::mixed(tokens.raised, tokens.series[size_t(i) % tokens.series.size()], 0.38));
        marks += mark;
    }
    setExtraSelections(marks);
}

QString TokenEditor::describe(int position) const
{
    if (!m_tokenizer)
        return {};
    const auto &segments = m_tokenisation.segments;
    const auto found = std::find_if(segments.begin(), segments.end(), [&](const TokenSegment &segment) {
        return position >= segment.start && position < segment.start + segment.length;
    });
    if (found == segments.end())
        return {};
    QStringList parts;
    for (const tokenizer::TokenId id : found->ids) {
        const QByteArray bytes = m_tokenizer->tokenBytes(id);
        const QString size = bytes.size() == 1 ? tr("1 byte") : tr("%1 bytes").arg(bytes.size());
        parts += QStringLiteral("id %1 · “%2” · %3").arg(QString::number(id), bytesText(bytes), size);
    }
    return parts.join(QLatin1Char('\n'));
}

bool TokenEditor::viewportEvent(QEvent *event)
{
    if (event->type() == QEvent::ToolTip) {
        const auto *help = static_cast<QHelpEvent *>(event);
        const QString text = describe(cursorForPosition(help->pos()).position());
        QToolTip::showText(help->globalPos(), text, viewport());
        return true;
    }
    return QPlainTextEdit::viewportEvent(event);
}

}  // namespace athanor::pages
