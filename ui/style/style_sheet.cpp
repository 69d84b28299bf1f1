#include "ui/style/style_sheet.h"

#include "ui/style/icon.h"

namespace athanor::style {

namespace {

// "@name" stands for a token. Sizes are those of tokens.h.
const char kSheet[] = R"(
QMainWindow, QDialog, QWidget[role="page"], QScrollArea[role="page"], QStackedWidget { background: @ground; }
QScrollArea { background: transparent; border: none; }
QScrollArea > QWidget > QWidget[role="page-body"] { background: transparent; }
QLabel { background: transparent; }
QLabel:disabled, QCheckBox:disabled, QRadioButton:disabled { color: @third; }
QLabel[role="title"] { font-size: 22px; font-weight: 600; }
QLabel[role="brand"] { font-size: 18px; font-weight: 700; color: @accent; }
QLabel[role="card-title"] { font-size: 13px; font-weight: 600; }
QLabel[role="label"], QLabel[role="second"] { color: @second; }
QLabel[role="note"] { font-size: 12px; color: @second; }
QLabel[role="quiet"] { font-size: 12px; color: @third; }
QLabel[role="big"] { font-size: 16px; font-weight: 600; }
QLabel[tone="good"] { color: @good; }
QLabel[tone="active"] { color: @accent; }
QLabel[tone="attention"] { color: @attention; }
QLabel[tone="bad"] { color: @bad; }

QFrame[role="card"] { background: @surface; border: 1px solid @line; border-radius: 10px; }
QFrame[role="card"][pressable="true"]:hover, QFrame[role="card"][pressable="true"]:focus { border-color: @accent; }
QFrame[role="card"][chosen="true"] { border: 1px solid @accent; }
QFrame[role="raised"] { background: @raised; border: 1px solid @line; border-radius: 6px; }
QFrame[role="rail"] { background: @rail; border: none; }
QFrame[role="drawer"] { background: @surface; border: none; border-top: 1px solid @line; }
QFrame[role="toast"] { background: @raised; border: 1px solid @line; border-radius: 10px; }
QFrame[role="banner"] { background: @attentionSoft; border: none; border-bottom: 1px solid @line; }
QFrame[role="banner"][tone="bad"] { background: @badSoft; }
QFrame[role="separator"] { background: @line; border: none; max-height: 1px; min-height: 1px; }

QPushButton, QToolButton { background: @raised; border: 1px solid @line; border-radius: 6px; padding: 7px 14px; font-weight: 500; }
QToolButton { padding: 6px; }
QPushButton:hover, QToolButton:hover { background: @hover; }
QPushButton:pressed, QToolButton:pressed { background: @line; }
QPushButton:focus, QToolButton:focus { border: 1px solid @accent; }
QPushButton:disabled, QToolButton:disabled { color: @third; background: transparent; }
QPushButton::menu-indicator { subcontrol-position: right center; right: 8px; image: url(@chevron); width: 10px; height: 10px; }
QPushButton[role="primary"] { background: @accent; color: @onAccent; border: 1px solid @accent; font-weight: 600; padding: 7px 18px; }
QPushButton[role="primary"]:hover { background: @accentHover; border-color: @accentHover; }
QPushButton[role="primary"]:pressed { background: @accentPressed; }
QPushButton[role="primary"]:focus { border: 2px solid @text; padding: 6px 17px; }
QPushButton[role="primary"]:disabled { background: @raised; color: @third; border-color: @line; }
QPushButton[role="danger"] { color: @bad; }
QPushButton[role="quiet"], QToolButton[role="quiet"] { background: transparent; border: 1px solid transparent; color: @second; }
QPushButton[role="quiet"] { padding: 4px 8px; }
QToolButton[role="quiet"] { padding: 4px; }
QPushButton[role="quiet"]:hover, QToolButton[role="quiet"]:hover { background: @raised; color: @text; }
QToolButton[role="quiet"]:checked, QPushButton[role="quiet"]:checked { background: @raised; color: @text; border: 1px solid @line; }
QPushButton[role="quiet"]:focus, QToolButton[role="quiet"]:focus { border: 1px solid @accent; }
QToolButton::menu-indicator { image: none; width: 0px; }
QPushButton[role="section"] { background: transparent; border: 1px solid transparent; border-radius: 6px; border-bottom: 1px solid @line; color: @text; padding: 6px 4px; font-weight: 600; text-align: left; }
QPushButton[role="section"]:hover { background: @raised; }
QPushButton[role="section"]:focus { border: 1px solid @accent; }
QPushButton[role="link"] { background: transparent; border: 1px solid transparent; color: @accent; padding: 0px 3px 0px 0px; font-weight: 500; text-align: left; }
QPushButton[role="link"]:hover { text-decoration: underline; }
QPushButton[role="link"]:focus { border: 1px solid @accent; }
QPushButton[role="chip"] { border-radius: 13px; padding: 4px 12px; min-height: 16px; font-size: 12px; color: @second; }
QPushButton[role="chip"]:checked { background: @accent; color: @onAccent; border-color: @accent; font-weight: 600; }
QPushButton[role="chip"]:focus { border: 1px solid @text; }
QPushButton[role="job-title"] { background: transparent; border: 1px solid transparent; text-align: left; padding: 2px 4px; font-weight: 500; }
QPushButton[role="job-title"]:focus { border-color: @accent; }

QLineEdit, QPlainTextEdit, QTextEdit, QTextBrowser, QAbstractSpinBox, QComboBox {
  background: @raised; border: 1px solid @line; border-radius: 6px; padding: 6px 10px; selection-background-color: @accent; selection-color: @onAccent; }
QLineEdit:focus, QPlainTextEdit:focus, QTextEdit:focus, QAbstractSpinBox:focus, QComboBox:focus { border: 1px solid @accent; }
QLineEdit[invalid="true"], QAbstractSpinBox[invalid="true"], QComboBox[invalid="true"] { border: 1px solid @bad; }
QLineEdit:disabled, QAbstractSpinBox:disabled, QComboBox:disabled { color: @third; background: @surface; }
QAbstractSpinBox { padding-right: 24px; }
QAbstractSpinBox::up-button { subcontrol-origin: border; subcontrol-position: top right; width: 22px; border: none; background: transparent; }
QAbstractSpinBox::down-button { subcontrol-origin: border; subcontrol-position: bottom right; width: 22px; border: none; background: transparent; }
QAbstractSpinBox::up-button:hover, QAbstractSpinBox::down-button:hover { background: @hover; border-radius: 4px; }
QAbstractSpinBox::up-arrow { image: url(@chevronUp); width: 9px; height: 9px; }
QAbstractSpinBox::down-arrow { image: url(@chevron); width: 9px; height: 9px; }
QComboBox::drop-down { border: none; width: 26px; }
QComboBox::down-arrow { image: url(@chevron); width: 10px; height: 10px; }
QComboBox QAbstractItemView { background: @surface; border: 1px solid @line; padding: 4px; outline: none; }
QPlainTextEdit[role="plain"], QTextEdit[role="plain"], QTextBrowser[role="plain"] { background: transparent; border: 1px solid transparent; padding: 0px; }
QPlainTextEdit[role="plain"]:focus, QTextEdit[role="plain"]:focus, QTextBrowser[role="plain"]:focus { border: 1px solid @line; }

QCheckBox, QRadioButton { spacing: 8px; padding: 3px 2px; background: transparent; border: 1px solid transparent; border-radius: 4px; }
QCheckBox:focus, QRadioButton:focus { border: 1px solid @accent; }
QCheckBox::indicator, QAbstractItemView::indicator { width: 16px; height: 16px; border: 1px solid @third; border-radius: 4px; background: @raised; }
QCheckBox::indicator:checked, QAbstractItemView::indicator:checked { background: @accent; border-color: @accent; image: url(@check); }
QRadioButton::indicator { width: 14px; height: 14px; border: 1px solid @third; border-radius: 8px; background: @raised; }
QRadioButton::indicator:checked { border: 5px solid @accent; width: 6px; height: 6px; background: @onAccent; }
QSlider::groove:horizontal { height: 4px; background: @line; border-radius: 2px; }
QSlider::sub-page:horizontal { background: @accent; border-radius: 2px; }
QSlider::handle:horizontal { width: 14px; height: 14px; margin: -6px 0; border-radius: 8px; background: @text; border: 1px solid @line; }
QSlider::handle:horizontal:focus { border: 2px solid @accent; }

QAbstractItemView { background: transparent; border: none; outline: none; alternate-background-color: @raised;
  selection-background-color: @raised; selection-color: @text; }
QListView::item, QTreeView::item, QTableView::item { padding: 5px 8px; border: none; }
QListView::item, QTreeView::item { border-radius: 6px; }
QListView::item:hover, QTreeView::item:hover { background: @hover; }
QListView::item:selected, QTreeView::item:selected, QTableView::item:selected { background: @raised; color: @text; }
QListView::item:selected:active { border: 1px solid @line; }
QAbstractItemView:focus { border: 1px solid @line; border-radius: 6px; }
QTableView { gridline-color: @line; }
QHeaderView { background: transparent; border: none; }
QHeaderView::section { background: transparent; color: @second; border: none; border-bottom: 1px solid @line; padding: 6px 8px; font-size: 12px; font-weight: 500; }
QTableCornerButton::section { background: transparent; border: none; }

QScrollBar:vertical { background: transparent; width: 10px; margin: 0; }
QScrollBar:horizontal { background: transparent; height: 10px; margin: 0; }
QScrollBar::handle { background: @handle; border-radius: 3px; margin: 2px; }
QScrollBar::handle:vertical { min-height: 32px; }
QScrollBar::handle:horizontal { min-width: 32px; }
QScrollBar::handle:hover { background: @third; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }

QAbstractScrollArea::corner { background: transparent; border: none; }

QProgressBar { background: @raised; border: none; border-radius: 4px; height: 8px; max-height: 8px; min-height: 8px; text-align: right; }
QProgressBar::chunk { background: @accent; border-radius: 4px; }
QToolTip { background: @raised; color: @text; border: 1px solid @line; padding: 6px 8px; font-size: 12px; }
QMenu { background: @surface; border: 1px solid @line; padding: 6px; }
QMenu::item { padding: 6px 28px 6px 12px; border-radius: 4px; }
QMenu::item:selected { background: @raised; }
QMenu::item:disabled { color: @third; }
QMenu::separator { height: 1px; background: @line; margin: 4px 8px; }
QMenu::indicator { width: 14px; height: 14px; left: 4px; }
QMenu::indicator:checked { image: url(@checkText); }
QSplitter::handle { background: transparent; }
QSplitter::handle:hover { background: @line; }
QTabWidget::pane { border: none; }
QTabBar::tab { background: transparent; color: @second; padding: 6px 12px; border-bottom: 2px solid transparent; }
QTabBar::tab:selected { color: @text; border-bottom: 2px solid @accent; }
QTabBar::tab:focus { color: @accent; }
QGroupBox { border: none; margin-top: 18px; font-weight: 600; }
QGroupBox::title { subcontrol-origin: margin; left: 0px; }
)";

QString nameIn(const QColor &colour) { return colour.name(QColor::HexRgb); }

QMap<QString, QString> substitutions(const Tokens &t)
{
    return {{QStringLiteral("ground"), nameIn(t.ground)},
            {QStringLiteral("rail"), nameIn(t.rail)},
            {QStringLiteral("surface"), nameIn(t.surface)},
            {QStringLiteral("raised"), nameIn(t.raised)},
            {QStringLiteral("line"), nameIn(t.line)},
            {QStringLiteral("text"), nameIn(t.text)},
            {QStringLiteral("second"), nameIn(t.second)},
            {QStringLiteral("third"), nameIn(t.third)},
            {QStringLiteral("accent"), nameIn(t.accent)},
            {QStringLiteral("onAccent"), nameIn(t.onAccent)},
            {QStringLiteral("good"), nameIn(t.good)},
            {QStringLiteral("attention"), nameIn(t.attention)},
            {QStringLiteral("bad"), nameIn(t.bad)},
            {QStringLiteral("hover"), nameIn(mixed(t.raised, t.text, 0.06))},
            {QStringLiteral("handle"), nameIn(mixed(t.line, t.third, 0.4))},
            {QStringLiteral("accentHover"), nameIn(mixed(t.accent, t.text, 0.1))},
            {QStringLiteral("accentPressed"), nameIn(mixed(t.accent, t.text, 0.2))},
            {QStringLiteral("attentionSoft"), nameIn(mixed(t.surface, t.attention, 0.14))},
            {QStringLiteral("badSoft"), nameIn(mixed(t.surface, t.bad, 0.14))},
            {QStringLiteral("chevron"), recolouredFile(QStringLiteral("chevron-down"), t.second)},
            {QStringLiteral("chevronUp"), recolouredFile(QStringLiteral("chevron-up"), t.second)},
            {QStringLiteral("check"), recolouredFile(QStringLiteral("check"), t.onAccent)},
            {QStringLiteral("checkText"), recolouredFile(QStringLiteral("check"), t.text)}};
}

void polishAgain(QWidget *widget)
{
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
    widget->update();
}

}  // namespace

QString styleSheetFor(const Tokens &tokens)
{
    const QMap<QString, QString> values = substitutions(tokens);
    const QString sheet = QString::fromLatin1(kSheet);
    QString result;
    result.reserve(sheet.size() + 2000);
    for (qsizetype at = 0; at < sheet.size();) {
        if (sheet[at] != u'@') {
            result += sheet[at++];
            continue;
        }
        qsizetype end = ++at;
        while (end < sheet.size() && sheet[end].isLetter())
            ++end;
        result += values.value(sheet.mid(at, end - at));
        at = end;
    }
    return result;
}

QPalette paletteFor(const Tokens &t)
{
    QPalette palette;
    palette.setColor(QPalette::Window, t.ground);
    palette.setColor(QPalette::WindowText, t.text);
    palette.setColor(QPalette::Base, t.surface);
    palette.setColor(QPalette::AlternateBase, t.raised);
    palette.setColor(QPalette::Text, t.text);
    palette.setColor(QPalette::Button, t.raised);
    palette.setColor(QPalette::ButtonText, t.text);
    palette.setColor(QPalette::BrightText, t.bad);
    palette.setColor(QPalette::PlaceholderText, t.third);
    palette.setColor(QPalette::ToolTipBase, t.raised);
    palette.setColor(QPalette::ToolTipText, t.text);
    palette.setColor(QPalette::Highlight, t.accent);
    palette.setColor(QPalette::HighlightedText, t.onAccent);
    palette.setColor(QPalette::Link, t.accent);
    palette.setColor(QPalette::LinkVisited, t.accent);
    palette.setColor(QPalette::Mid, t.line);
    palette.setColor(QPalette::Disabled, QPalette::Text, t.third);
    palette.setColor(QPalette::Disabled, QPalette::WindowText, t.third);
    palette.setColor(QPalette::Disabled, QPalette::ButtonText, t.third);
    return palette;
}

void setRole(QWidget *widget, const char *role)
{
    const QString text = QString::fromLatin1(role);
    if (widget->property("role").toString() == text)
        return;
    widget->setProperty("role", text);
    polishAgain(widget);
}

void setTone(QWidget *widget, Tone tone)
{
    static const std::array kNames{"", "good", "active", "attention", "bad"};
    const QString name = QString::fromLatin1(kNames[static_cast<std::size_t>(tone)]);
    if (widget->property("tone").toString() == name)
        return;
    widget->setProperty("tone", name);
    polishAgain(widget);
}

}  // namespace athanor::style
