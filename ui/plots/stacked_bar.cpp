#include "ui/plots/stacked_bar.h"

#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

namespace athanor::plots {

namespace {
constexpr double kBarHeight = 24;
constexpr double kGapBetween = 3;
constexpr double kSwatch = 8, kSwatchGap = 6;  // the square of a name, and what stands between it and the words
constexpr double kNameHeight = 18, kNameGap = 18, kBelowBar = 8;
}  // namespace

StackedBar::StackedBar(QWidget *parent) : QWidget(parent)
{
    QSizePolicy policy(QSizePolicy::Expanding, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    setSizePolicy(policy);
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void StackedBar::setParts(QList<BarPart> parts)
{
    const QSize least = minimumSizeHint();
    const int height = heightForWidth(width());
    m_parts = std::move(parts);
    QStringList words;
    for (const BarPart &part : m_parts)
        words += textOf(part);
    setAccessibleDescription(words.join(QStringLiteral(", ")));
    if (least != minimumSizeHint() || height != heightForWidth(width()))  // a running job sets new shares all the time
        updateGeometry();
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

/// One after the other, in as many lines as it takes.
QList<QRectF> StackedBar::names(int width) const
{
    const QFontMetricsF metrics(style::sized(11));
    QList<QRectF> places;
    double x = 0, y = kBarHeight + kBelowBar;
    for (const BarPart &part : m_parts) {
        const double wide = kSwatch + kSwatchGap + metrics.horizontalAdvance(textOf(part));
        if (part.value <= 0) {
            places += QRectF();
            continue;
        }
        if (x > 0 && x + wide > width) {
            x = 0;
            y += kNameHeight;
        }
        places += QRectF(x, y, wide, kNameHeight);
        x += wide + kNameGap;
    }
    return places;
}

int StackedBar::heightForWidth(int width) const
{
    double bottom = kBarHeight + kBelowBar + kNameHeight;
    for (const QRectF &place : names(width))
        bottom = std::max(bottom, place.bottom());
    return qCeil(bottom);
}

QSize StackedBar::minimumSizeHint() const
{
    double widest = 120;
    for (const QRectF &place : names(0))
        widest = std::max(widest, place.width());
    return {qCeil(widest), qCeil(kBarHeight + kBelowBar + kNameHeight)};
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
    const QList<QRectF> places = names(width());
    for (int at = 0; at < boxes.size(); ++at) {
        if (boxes[at].width() <= 0)
            continue;
        painter.setPen(Qt::NoPen);
        painter.setBrush(colourOf(at));
        painter.drawRoundedRect(boxes[at], 4, 4);
        const QRectF &place = places[at];
        painter.drawRoundedRect(QRectF(place.left(), place.center().y() - kSwatch / 2, kSwatch, kSwatch), 2, 2);
        painter.setPen(style::tokens().second);
        painter.drawText(place.adjusted(kSwatch + kSwatchGap, 0, 1, 0), Qt::AlignLeft | Qt::AlignVCenter | Qt::TextDontClip, textOf(m_parts[at]));
    }
}

bool StackedBar::event(QEvent *event)
{
    if (event->type() != QEvent::ToolTip)
        return QWidget::event(event);
    const auto *help = static_cast<QHelpEvent *>(event);
    const QList<QRectF> boxes = rectangles();
    for (int at = 0; at < boxes.size(); ++at)
        if (boxes[at].adjusted(-2, -4, 2, 4).contains(help->pos())) {
            QToolTip::showText(help->globalPos(), textOf(m_parts[at]), this);
            return true;
        }
    QToolTip::hideText();
    return true;
}

}  // namespace athanor::plots
