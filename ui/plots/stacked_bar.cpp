#include "ui/plots/stacked_bar.h"

#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

namespace athanor::plots {

namespace {
constexpr double kBarHeight = 24;
constexpr double kGapBetween = 3;
}  // namespace

StackedBar::StackedBar(QWidget *parent) : QWidget(parent)
{
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Fixed);
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void StackedBar::setParts(QList<BarPart> parts)
{
    m_parts = std::move(parts);
    QStringList words;
    for (const BarPart &part : m_parts)
        words += textOf(part);
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    update();
}

QString StackedBar::textOf(const BarPart &part) const
{
    if (!part.text.isEmpty())
        return part.title + u' ' + part.text;
    double sum = 0;
    for (const BarPart &each : m_parts)
        sum += each.value;
    return sum > 0 ? QStringLiteral("%1 %2 %").arg(part.title).arg(qRound(100 * part.value / sum)) : part.title;
}

QList<QRectF> StackedBar::rectangles() const
{
    double sum = 0;
    for (const BarPart &part : m_parts)
        sum += std::max(part.value, 0.0);
    QList<QRectF> result;
    const double room = width() - kGapBetween * static_cast<double>(std::max<qsizetype>(m_parts.size() - 1, 0));
    double x = 0;
    for (const BarPart &part : m_parts) {
        const double share = sum > 0 ? std::max(part.value, 0.0) / sum : 0;
        result += QRectF(x, 2, std::max(share * room, share > 0 ? 2.0 : 0.0), kBarHeight);
        x += share * room + kGapBetween;
    }
    return result;
}

QColor StackedBar::colourOf(int index) const
{
    const int wanted = m_parts[index].series >= 0 ? m_parts[index].series : index;
    const auto &series = style::tokens().series;
    return wanted < static_cast<int>(series.size()) ? series[static_cast<size_t>(wanted)] : style::tokens().third;
}

void StackedBar::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(style::sized(11));
    const QList<QRectF> boxes = rectangles();
    double textEnd = 0;
    for (int at = 0; at < boxes.size(); ++at) {
        if (boxes[at].width() <= 0)
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(colourOf(at));
        painter.drawRoundedRect(boxes[at], 4, 4);
        const QString text = textOf(m_parts[at]);
        const double advance = painter.fontMetrics().horizontalAdvance(text);
        const double x = std::min(boxes[at].left() + 2, width() - advance);
        if (x < textEnd)  // no room: the tooltip has it
            continue;
        painter.setPen(style::tokens().second);
        painter.drawText(QPointF(x, kBarHeight + 20), text);
        textEnd = x + advance + 8;
    }
}

bool StackedBar::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const QList<QRectF> boxes = rectangles();
    for (int at = 0; at < boxes.size(); ++at)
        if (boxes[at].adjusted(-2, -4, 2, 30).contains(help->pos())) {
            QToolTip::showText(help->globalPos(), textOf(m_parts[at]), this);
            return true;
        }
    QToolTip::hideText();
    return true;
}

}  // namespace athanor::plots
