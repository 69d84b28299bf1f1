#include "ui/pages/project/start_screen.h"

#include "ui/style/appearance.h"
#include "ui/style/icon.h"
#include "ui/style/widgets.h"

namespace athanor::pages {

// ---- ChoiceCard

ChoiceCard::ChoiceCard(const QString &iconName, const QString &title, const QString &text, QWidget *parent)
    : QFrame(parent), m_iconName(iconName), m_icon(new QLabel(this))
{
    setProperty("role", QStringLiteral("card"));
    setProperty("pressable", true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setAccessibleName(title);
    setAccessibleDescription(text);
    setMinimumSize(200, 190);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 24, 24, 20);
    layout->setSpacing(10);
    layout->addWidget(m_icon);
    layout->addSpacing(6);
    layout->addWidget(style::makeLabel(title, "big", this));
    QLabel *words = style::makeWrappedLabel(text, "second", this);
    words->setAlignment(Qt::AlignTop | Qt::AlignLeft);
    layout->addWidget(words, 1);
    drawIcon();
}

void ChoiceCard::drawIcon()
{
    m_icon->setPixmap(style::iconPixmap(m_iconName, 28, style::tokens().accent, devicePixelRatioF()));
}

void ChoiceCard::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && rect().contains(event->position().toPoint()))
        Q_EMIT pressed();
}

void ChoiceCard::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter || event->key() == Qt::Key_Space)
        Q_EMIT pressed();
    else
        QFrame::keyPressEvent(event);
}

void ChoiceCard::changeEvent(QEvent *event)
{
    QFrame::changeEvent(event);
    if (event->type() == QEvent::PaletteChange)
        drawIcon();
}

// ---- StartScreen

StartScreen::StartScreen(QWidget *parent) : QWidget(parent), m_recentBox(new QWidget(this)), m_recent(new QVBoxLayout(m_recentBox))
{
    auto *outer = new QHBoxLayout(this);
    outer->setContentsMargins(style::kPageMargin, 0, style::kPageMargin, 0);
    outer->addStretch(1);
    auto *column = new QWidget(this);
    column->setMaximumWidth(920);
    auto *layout = new QVBoxLayout(column);
    layout->setSpacing(style::kGap);
    layout->addStretch(2);
    layout->addWidget(style::makeLabel(tr("A language model of your own"), "title", column));
    layout->addWidget(style::makeWrappedLabel(
        tr("From a folder of documents, on this machine. Nothing leaves it; there is no account and nothing to set up."), "second",
        column));
    layout->addSpacing(8);
    auto *row = new QHBoxLayout;
    row->setSpacing(style::kGap);
    auto *sample = new ChoiceCard(QStringLiteral("sample"), tr("Try the sample"),
                                  tr("The documentation of Python becomes a small model in about ten minutes. Watch it learn."), column);
    auto *documents = new ChoiceCard(QStringLiteral("documents"), tr("Use my documents"),
                                     tr("Text, Markdown, HTML, PDF, Word, JSON Lines. Drop a folder anywhere on this window."), column);
    auto *open = new ChoiceCard(QStringLiteral("open"), tr("Open a project"), tr("Go on where you stopped. Jobs have gone on meanwhile."), column);
    sample->setObjectName(QStringLiteral("sample"));
    documents->setObjectName(QStringLiteral("documents"));
    open->setObjectName(QStringLiteral("open"));
    for (ChoiceCard *card : {sample, documents, open})
        row->addWidget(card, 1);
    layout->addLayout(row);
    m_recent->setContentsMargins(0, 8, 0, 0);
    m_recent->setSpacing(2);
    layout->addWidget(m_recentBox);
    layout->addStretch(3);
    outer->addWidget(column, 20);
    outer->addStretch(1);
    connect(sample, &ChoiceCard::pressed, this, &StartScreen::sampleWanted);
    connect(documents, &ChoiceCard::pressed, this, &StartScreen::documentsWanted);
    connect(open, &ChoiceCard::pressed, this, &StartScreen::chooseProject);
}

void StartScreen::setRecent(const QStringList &paths)
{
    style::clearLayout(m_recent);
    m_recentBox->setVisible(!paths.isEmpty());
    if (paths.isEmpty())
        return;
    m_recent->addWidget(style::makeLabel(tr("Recent projects"), "card-title", m_recentBox));
    for (const QString &path : paths.mid(0, 5)) {
        auto *line = new QWidget(m_recentBox);
        auto *row = new QHBoxLayout(line);
        row->setContentsMargins(0, 0, 0, 0);
        auto *button = style::makeButton(QDir(path).dirName(), "link", line);
        button->setAccessibleName(tr("Open %1").arg(path));
        row->addWidget(button);
        row->addWidget(new style::ElidedLabel(path, "quiet", line), 1);
        m_recent->addWidget(line);
        connect(button, &QPushButton::clicked, this, [this, path] { Q_EMIT projectWanted(path); });
    }
}

void StartScreen::chooseProject()
{
    const QString folder = QFileDialog::getExistingDirectory(this, tr("Open a project"));
    if (!folder.isEmpty())
        Q_EMIT projectWanted(folder);
}

}  // namespace athanor::pages
