#include "ui/plots/histogram.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

#include <algorithm>
#include <cmath>

namespace athanor::plots {

Histogram::Histogram(QWidget *parent) : QWidget(parent), m_threshold(std::nan(""))
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void Histogram::setBins(std::vector<double> edges, std::vector<double> counts)
{
    if (edges.size() != counts.size() + 1 && !(edges.empty() && counts.empty()))
        return;
    m_isOpenBelow = m_isOpenAbove = false;
    m_edges = std::move(edges);
    m_counts = std::move(counts);
    update();
}

void Histogram::setValues(const std::vector<double> &values, int bins)
{
    double low = std::numeric_limits<double>::infinity();
    double high = -low;
    for (const double value : values)
        if (std::isfinite(value)) {
            low = std::min(low, value);
            high = std::max(high, value);
        }
    if (!(low <= high) || bins < 1) {
        m_edges.clear();
        m_counts.clear();
        update();
        return;
    }
    if (low == high)
        high = low + 1;
    std::vector<double> edges(static_cast<size_t>(bins) + 1);
    std::vector<double> counts(static_cast<size_t>(bins), 0);
    for (size_t at = 0; at < edges.size(); ++at)
        edges[at] = low + (high - low) * static_cast<double>(at) / bins;
    for (const double value : values)
        if (std::isfinite(value))
            ++counts[std::min(static_cast<size_t>((value - low) / (high - low) * bins), counts.size() - 1)];
    setBins(std::move(edges), std::move(counts));
}

void Histogram::setThreshold(double value, KeepSide keep, const QString &label)
{
    m_threshold = value;
    m_keep = keep;
    m_label = label;
    setAccessibleDescription(thresholdText());
    update();
}

void Histogram::setOpenEnds(bool below, bool above)
{
    m_isOpenBelow = below;
    m_isOpenAbove = above;
    update();
}

void Histogram::setLogScale(bool on)
{
    m_wantsLog = on;
    update();
}

void Histogram::setDraggable(bool on) { m_draggable = on; }

void Histogram::setUnit(const QString &unit, double factor)
{
    m_unit = unit;
    m_factor = factor;
    update();
}

QRectF Histogram::plotArea() const { return QRectF(rect()).adjusted(8, 6, -8, -20); }

double Histogram::toX(double value) const
{
    const QRectF area = plotArea();
    const double low = m_edges.front(), high = m_edges.back();
    if (isLog())
        return area.left() + area.width() * std::log(std::max(value, low) / low) / std::log(high / low);
    return area.left() + area.width() * (value - low) / (high - low);
}

double Histogram::toValue(double x) const
{
    const QRectF area = plotArea();
    const double share = std::clamp((x - area.left()) / area.width(), 0.0, 1.0);
    if (isLog())
        return m_edges.front() * std::pow(m_edges.back() / m_edges.front(), share);
    return m_edges.front() + share * (m_edges.back() - m_edges.front());
}

bool Histogram::isKept(double value) const
{
    return std::isnan(m_threshold) || (m_keep == KeepSide::Below ? value <= m_threshold : value >= m_threshold);
}

QString Histogram::thresholdText() const
{
    return m_label.isEmpty() ? text(m_threshold) : m_label;
}

QString Histogram::text(double value) const
{
    const double shown = value * m_factor;
    return (std::abs(shown) >= 1000 ? formatInteger(qRound64(shown)) : formatReal(shown, 3)) + m_unit;
}

void Histogram::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(style::figureFont(11));
    const QRectF area = plotArea();
    if (m_counts.empty()) {
        painter.setPen(style::tokens().third);
        painter.drawText(rect(), Qt::AlignCenter, tr("nothing to show yet"));
        return;
    }
    drawBars(painter, area);
    painter.setPen(style::tokens().second);
    const double foot = area.bottom() + 14;
    painter.drawText(QPointF(area.left(), foot), (m_isOpenBelow ? QStringLiteral("≤ ") : QString()) + text(m_edges.front()));
    const QString high = (m_isOpenAbove ? QStringLiteral("≥ ") : QString()) + text(m_edges.back());
    painter.drawText(QPointF(area.right() - painter.fontMetrics().horizontalAdvance(high), foot), high);
    if (!std::isnan(m_threshold))
        drawThreshold(painter, area);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(style::tokens().accent);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }
}

// The removed tail is often tiny: each bar with something in it is at least two pixels high.
void Histogram::drawBars(QPainter &painter, const QRectF &area) const
{
    const double highest = std::max(*std::max_element(m_counts.begin(), m_counts.end()), 1.0);
    painter.setPen(Qt::NoPen);
    for (size_t at = 0; at < m_counts.size(); ++at) {
        if (m_counts[at] <= 0)
            continue;
        const double left = toX(m_edges[at]);
        const double right = toX(m_edges[at + 1]);
        const double height = std::max(2.0, area.height() * m_counts[at] / highest);
        const bool kept = isKept((m_edges[at] + m_edges[at + 1]) / 2);
        painter.setBrush(kept ? style::tokens().series[0] : style::tokens().bad);
        painter.drawRoundedRect(QRectF(left + 1, area.bottom() - height, std::max(1.0, right - left - 2), height), 2, 2);
    }
}

void Histogram::drawThreshold(QPainter &painter, const QRectF &area) const
{
    const double x = std::clamp(toX(m_threshold), area.left(), area.right());
    painter.setPen(QPen(style::tokens().accent, m_dragging ? 3 : 2));
    painter.drawLine(QPointF(x, area.top() - 4), QPointF(x, area.bottom() + 4));
    const QString text = thresholdText();
    const double width = painter.fontMetrics().horizontalAdvance(text);
    const double textX = x + 8 + width > area.right() ? x - 8 - width : x + 8;
    // Over the bars, and still to be read.
    const QFontMetricsF metrics(painter.font());
    painter.fillRect(QRectF(textX - 3, area.top() + 8 - metrics.ascent() - 1, width + 6, metrics.height() + 2), palette().color(QPalette::Window));
    painter.drawText(QPointF(textX, area.top() + 8), text);
}

void Histogram::moveThreshold(double value, bool chosen)
{
    m_threshold = value;
    m_label.clear();
    setAccessibleDescription(thresholdText());
    update();
    Q_EMIT thresholdDragged(value);
    if (chosen)
        Q_EMIT thresholdChosen(value);
}

void Histogram::mousePressEvent(QMouseEvent *event)
{
    if (!m_draggable || m_edges.empty() || std::isnan(m_threshold) || event->button() != Qt::LeftButton)
        return;
    m_dragging = true;
    moveThreshold(toValue(event->position().x()), false);
}

void Histogram::mouseMoveEvent(QMouseEvent *event)
{
    if (m_edges.empty())
        return;
    const bool near = !std::isnan(m_threshold) && std::abs(toX(m_threshold) - event->position().x()) < 6;
    setCursor(m_draggable && (near || m_dragging) ? Qt::SplitHCursor : Qt::ArrowCursor);
    if (m_dragging)
        moveThreshold(toValue(event->position().x()), false);
}

void Histogram::mouseReleaseEvent(QMouseEvent *event)
{
    if (!std::exchange(m_dragging, false))
        return;
    moveThreshold(toValue(event->position().x()), true);
}

void Histogram::keyPressEvent(QKeyEvent *event)
{
    const bool moves = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
    if (!m_draggable || !moves || m_edges.empty() || std::isnan(m_threshold)) {
        QWidget::keyPressEvent(event);
        return;
    }
    const double side = event->key() == Qt::Key_Left ? -1 : 1;
    const double pixels = plotArea().width() / (event->modifiers() & Qt::ShiftModifier ? 20 : 100);
    const double moved = toValue(toX(m_threshold) + side * pixels);
    const double next = m_threshold + side * std::max(std::abs(moved - m_threshold), m_smallestStep);
    moveThreshold(std::clamp(next, m_edges.front(), m_edges.back()), true);
}

}  // namespace athanor::plots
