#include "ui/shell/rail.h"

#include "core/base/format.h"
#include "core/base/machine.h"
#include "ui/style/appearance.h"
#include "ui/style/icon.h"
#include "ui/style/type.h"
#include "ui/style/widgets.h"

namespace athanor::shell {

using project::StageState;

namespace {

style::Tone toneOf(StageState state)
{
    switch (state) {
    case StageState::Done: return style::Tone::Good;
    case StageState::Running: return style::Tone::Active;
    case StageState::OutOfDate: return style::Tone::Attention;
    case StageState::NeedsAttention: return style::Tone::Bad;
    case StageState::Nothing:
    case StageState::Ready: break;
    }
    return style::Tone::Neutral;
}

QString wordsOf(StageState state)
{
    switch (state) {
    case StageState::Nothing: return Rail::tr("nothing yet");
    case StageState::Ready: return Rail::tr("ready");
    case StageState::Running: return Rail::tr("running");
    case StageState::Done: return Rail::tr("done");
    case StageState::OutOfDate: return Rail::tr("out of date");
    case StageState::NeedsAttention: return Rail::tr("needs attention");
    }
    return {};
}

QString machineLine()
{
    const MachineFacts facts = machineFacts();
    const QString cores = facts.coreCount == 1 ? Rail::tr("1 core") : Rail::tr("%1 cores").arg(facts.coreCount);
    return QStringLiteral("%1%2 · %3").arg(cores, facts.hasBf16 ? QStringLiteral(", bf16") : QString(),
                                           formatMemory(facts.memoryBytes));
}

}  // namespace

// ---- RailItem

RailItem::RailItem(const StageEntry &stage, int number, QWidget *parent)
    : QAbstractButton(parent), m_icon(stage.icon), m_number(number)
{
    setText(stage.title);
    setCheckable(true);
    setAutoExclusive(true);
    setFocusPolicy(Qt::StrongFocus);
    setCursor(Qt::PointingHandCursor);
    setFixedHeight(sizeHint().height());
    setStatus({stage.stage, StageState::Nothing, {}, {}});
}

void RailItem::setStatus(const project::StageStatus &status)
{
    m_status = status;
    QStringList lines{QStringLiteral("%1: %2").arg(text(), wordsOf(status.state))};
    if (!status.text.isEmpty())
        lines += status.text;
    if (!status.hint.isEmpty())
        lines += status.hint;
    lines += tr("Ctrl+%1").arg(m_number);
    setToolTip(lines.join(u'\n'));
    setAccessibleName(lines.first());
    setAccessibleDescription(status.hint);
    update();
}

void RailItem::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    const style::Tokens &t = style::tokens();
    const QRectF box = QRectF(rect()).adjusted(0, 1, 0, -1);
    if (isChecked() || (underMouse() && isEnabled())) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(isChecked() ? t.raised : style::mixed(t.rail, t.raised, 0.6));
        painter.drawRoundedRect(box, 8, 8);
    }
    if (isChecked()) {
        painter.setPen(Qt::NoPen);
        painter.setBrush(t.accent);
        painter.drawRoundedRect(QRectF(0, box.top() + 6, 3, box.height() - 12), 1.5, 1.5);
    }
    const QColor ink = !isEnabled() ? style::mixed(t.rail, t.third, 0.55) : isChecked() ? t.text : t.second;
    const QPixmap icon = style::iconPixmap(m_icon, 18, isChecked() ? t.accent : ink, devicePixelRatioF());
    painter.drawPixmap(QPointF(14, (height() - 18) / 2.0), icon);
    painter.setFont(style::sized(14, isChecked() ? QFont::DemiBold : QFont::Normal));
    painter.setPen(ink);
    painter.drawText(QRectF(42, 0, width() - 70, height()), Qt::AlignVCenter, text());
    if (m_status.state != StageState::Nothing)
        style::StatusDot::draw(painter, QPointF(width() - 16, height() / 2.0), toneOf(m_status.state));
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(QPen(t.accent, 1));
        painter.drawRoundedRect(box.adjusted(0.5, 0.5, -0.5, -0.5), 8, 8);
    }
}

void RailItem::enterEvent(QEnterEvent *event)
{
    QAbstractButton::enterEvent(event);
    update();
}

void RailItem::leaveEvent(QEvent *event)
{
    QAbstractButton::leaveEvent(event);
    update();
}

// ---- Rail

Rail::Rail(const std::vector<StageEntry> &stages, QMenu *menu, QWidget *parent) : QFrame(parent)
{
    setProperty("role", QStringLiteral("rail"));
    setFixedWidth(208);
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 20, 10, 24);
    layout->setSpacing(4);
    auto *head = new QHBoxLayout;
    head->setContentsMargins(14, 0, 0, 0);
    head->addWidget(style::makeLabel(tr("Athanor"), "brand", this), 1);
    auto *menuButton = new QToolButton(this);
    menuButton->setProperty("role", QStringLiteral("quiet"));
    menuButton->setIcon(style::icon(QStringLiteral("menu")));
    menuButton->setToolTip(tr("Projects, theme, commands"));
    menuButton->setAccessibleName(tr("Menu"));
    menuButton->setPopupMode(QToolButton::InstantPopup);
    menuButton->setMenu(menu);
    menuButton->setObjectName(QStringLiteral("mainMenu"));
    menuButton->setFocusPolicy(Qt::TabFocus);
    head->addWidget(menuButton);
    layout->addLayout(head);
    m_title = new style::ElidedLabel({}, "note", this);
    m_title->setContentsMargins(14, 0, 8, 0);
    m_title->setFixedHeight(18);
    layout->addWidget(m_title);
    layout->addSpacing(14);
    int number = 0;
    for (const StageEntry &stage : stages) {
        auto *item = new RailItem(stage, ++number, this);
        item->setObjectName(QStringLiteral("stage-") + project::stageName(stage.stage));
        connect(item, &RailItem::clicked, this, [this, which = stage.stage] { Q_EMIT stageChosen(which); });
        m_items.insert(stage.stage, item);
        layout->addWidget(item);
    }
    layout->addStretch(1);
    auto *caption = style::makeLabel(tr("This machine"), "quiet", this);
    auto *machine = new style::ElidedLabel(machineLine(), "note", this);
    for (QLabel *label : {caption, static_cast<QLabel *>(machine)}) {
        label->setContentsMargins(14, 0, 0, 0);
        layout->addWidget(label);
    }
}

void Rail::setProjectTitle(const QString &title, const QString &path)
{
    m_title->setFullText(title);
    m_title->setToolTip(path);
}

void Rail::setStatuses(const QList<project::StageStatus> &statuses)
{
    for (const project::StageStatus &status : statuses)
        if (RailItem *item = m_items.value(status.stage))
            item->setStatus(status);
}

void Rail::setCurrent(project::Stage stage)
{
    if (RailItem *item = m_items.value(stage))
        item->setChecked(true);
}

void Rail::setStagesEnabled(bool enabled)
{
    for (auto it = m_items.begin(); it != m_items.end(); ++it)
        it.value()->setEnabled(enabled || it.key() == project::Stage::Project);
}

}  // namespace athanor::shell
