#include "ui/pages/data/diff_view.h"

#include "ui/style/appearance.h"
#include "ui/style/style_sheet.h"

namespace athanor::pages {

DiffView::DiffView(QWidget *parent)
    : QWidget(parent), m_beforeTitle(new QLabel(tr("before"))), m_afterTitle(new QLabel(tr("after repair"))),
      m_before(makeSide(tr("Text before repair"))), m_after(makeSide(tr("Text after repair")))
{
    auto *grid = new QGridLayout(this);
    grid->setContentsMargins(0, 0, 0, 0);
    grid->setHorizontalSpacing(2 * style::kUnit);
    grid->setVerticalSpacing(style::kUnit / 2);
    for (QLabel *title : {m_beforeTitle, m_afterTitle})
        style::setRole(title, "note");
    grid->addWidget(m_beforeTitle, 0, 0);
    grid->addWidget(m_afterTitle, 0, 1);
    grid->addWidget(m_before, 1, 0);
    grid->addWidget(m_after, 1, 1);
    grid->setColumnStretch(0, 1);
    grid->setColumnStretch(1, 1);
    const auto follow = [](QScrollBar *one, QScrollBar *other) {
        connect(one, &QScrollBar::valueChanged, other, &QScrollBar::setValue);
    };
    follow(m_before->verticalScrollBar(), m_after->verticalScrollBar());
    follow(m_after->verticalScrollBar(), m_before->verticalScrollBar());
    connect(style::Appearance::instance(), &style::Appearance::changed, this, &DiffView::markLines);
}

QPlainTextEdit *DiffView::makeSide(const QString &accessibleName)
{
    auto *side = new QPlainTextEdit;
    side->setReadOnly(true);
    side->setLineWrapMode(QPlainTextEdit::NoWrap);
    side->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    side->setHorizontalScrollBarPolicy(Qt::ScrollBarAsNeeded);
    side->setAccessibleName(accessibleName);
    side->setTabChangesFocus(true);
    style::setRole(side, "plain");
    return side;
}

void DiffView::setTexts(const QString &before, const QString &after)
{
    // A line feed at the very end is no line.
    const auto shown = [](const QString &text) { return text.endsWith(QLatin1Char('\n')) ? text.chopped(1).left(kShownCharacters) : text.left(kShownCharacters); };
    m_rows = diffLines(shown(before), shown(after));
    QStringList left, right;
    m_changed = 0;
    for (const DiffRow &row : m_rows) {
        left += row.before;
        right += row.after;
        m_changed += row.kind != DiffRow::Kind::Same;
    }
    const bool cut = before.size() > kShownCharacters || after.size() > kShownCharacters;
    if (m_changed == 0)
        return setSingle(cut ? tr("the first part; nothing to repair") : tr("nothing to repair"), after);
    m_beforeTitle->setText(cut ? tr("before (the first part)") : tr("before"));
    m_afterTitle->setText(tr("after repair"));
    m_afterTitle->show();
    m_after->show();
    showColumns(2);
    m_before->setPlainText(left.join(QLatin1Char('\n')));
    m_after->setPlainText(right.join(QLatin1Char('\n')));
    markLines();
    const auto isChange = [](const DiffRow &row) { return row.kind != DiffRow::Kind::Same; };
    const auto first = std::find_if(m_rows.cbegin(), m_rows.cend(), isChange);
    if (first != m_rows.cend())
        m_before->verticalScrollBar()->setValue(int(first - m_rows.cbegin()) - 3);  // the first change is in sight
}

// One text takes the whole width and wraps; of two, equal lines stay beside each other.
void DiffView::showColumns(int count)
{
    static_cast<QGridLayout *>(layout())->setColumnStretch(1, count - 1);
    m_before->setLineWrapMode(count == 1 ? QPlainTextEdit::WidgetWidth : QPlainTextEdit::NoWrap);
}

void DiffView::setSingle(const QString &title, const QString &text)
{
    m_rows.clear();
    m_changed = 0;
    m_beforeTitle->setText(title);
    m_before->setPlainText(text.left(kShownCharacters));
    m_before->setExtraSelections({});
    m_afterTitle->hide();
    m_after->hide();
    showColumns(1);
}

void DiffView::clear()
{
    setSingle({}, {});
}

void DiffView::markLines()
{
    const style::Tokens &tokens = style::tokens();
    QTextEdit::ExtraSelection gone, come;
    gone.format.setBackground(style::mixed(tokens.surface, tokens.bad, 0.18));
    come.format.setBackground(style::mixed(tokens.surface, tokens.good, 0.18));
    gone.format.setProperty(QTextFormat::FullWidthSelection, true);
    come.format.setProperty(QTextFormat::FullWidthSelection, true);
    QList<QTextEdit::ExtraSelection> left, right;
    constexpr int kMostMarks = 5000;
    for (int row = 0; row < m_rows.size() && left.size() + right.size() < kMostMarks; ++row) {
        const DiffRow::Kind kind = m_rows[row].kind;
        if (kind == DiffRow::Kind::Removed || kind == DiffRow::Kind::Changed) {
            gone.cursor = QTextCursor(m_before->document()->findBlockByNumber(row));
            left.append(gone);
        }
        if (kind == DiffRow::Kind::Added || kind == DiffRow::Kind::Changed) {
            come.cursor = QTextCursor(m_after->document()->findBlockByNumber(row));
            right.append(come);
        }
    }
    m_before->setExtraSelections(left);
    m_after->setExtraSelections(right);
}

}  // namespace athanor::pages
