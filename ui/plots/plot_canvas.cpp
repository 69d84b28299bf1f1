#include "ui/plots/plot_canvas.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

namespace athanor::plots {

QString xText(XAxis kind, double x)
{
    if (kind == XAxis::Time)
        return formatDuration(x);
    return kind == XAxis::Tokens ? formatCount(x) : formatInteger(static_cast<qint64>(std::llround(x)));
}

namespace {

class XTicker final : public QCPAxisTicker {
public:
    XTicker() { setTickCount(6); }
    XAxis kind = XAxis::Step;

protected:
    double getTickStep(const QCPRange &range) override
    {
        const double step = QCPAxisTicker::getTickStep(range);
        return kind == XAxis::Time ? step : std::max(step, 1.0);  // there are no half steps
    }
    QString getTickLabel(double tick, const QLocale &, QChar, int) override
    {
        if (tick < 0)
            return {};
        if (kind == XAxis::Time)
            return tick == 0 ? QStringLiteral("0") : formatDuration(tick);
        return formatCount(tick);
    }
};

QString yText(double tick) { return std::abs(tick) < 1e-12 ? QStringLiteral("0") : formatReal(tick, 4); }

class YTicker final : public QCPAxisTicker {
public:
    YTicker() { setTickCount(5); }

protected:
    QString getTickLabel(double tick, const QLocale &, QChar, int) override { return yText(tick); }
};

// Two ticks to the decade where there is little range: a loss seldom spans ten to one.
class LogTicker final : public QCPAxisTickerLog {
protected:
    QString getTickLabel(double tick, const QLocale &, QChar, int) override { return yText(tick); }
    QVector<double> createTickVector(double, const QCPRange &range) override
    {
        QVector<double> ticks;
        if (range.lower <= 0 || range.upper <= range.lower)
            return ticks;
        static const QVector<double> kWide{1}, kUsual{1, 1.5, 2, 3, 5, 7}, kNarrow{1, 1.2, 1.5, 2, 2.5, 3, 3.5, 4, 5, 6, 7, 8, 9};
        const double span = range.upper / range.lower;
        const QVector<double> &factors = span > 1000 ? kWide : span < 4 ? kNarrow : kUsual;
        for (double decade = std::pow(10, std::floor(std::log10(range.lower))); decade <= range.upper; decade *= 10)
            for (const double factor : factors)
                if (const double tick = decade * factor; tick >= range.lower && tick <= range.upper)
                    ticks += tick;
        return ticks;
    }
};

}  // namespace

// ---- CursorOverlay

CursorOverlay::CursorOverlay(QWidget *parent) : QWidget(parent)
{
    setAttribute(Qt::WA_TransparentForMouseEvents);
    hide();
}

void CursorOverlay::present(const QString &head, QList<Entry> entries, double x, const QRect &area)
{
    m_head = head;
    m_entries = std::move(entries);
    m_x = x;
    m_area = area;
    setGeometry(parentWidget()->rect());
    show();
    update();
}

void CursorOverlay::vanish() { hide(); }

void CursorOverlay::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setPen(QPen(style::tokens().third, 1, Qt::DotLine));
    painter.drawLine(QPointF(m_x, m_area.top()), QPointF(m_x, m_area.bottom()));
    for (const Entry &entry : m_entries) {
        painter.setPen(QPen(style::tokens().surface, 1.5));
        painter.setBrush(entry.colour);
        painter.drawEllipse(entry.at, 4, 4);
    }
    drawBox(painter);
}

void CursorOverlay::drawBox(QPainter &painter) const
{
    constexpr double kRow = 18;
    constexpr double kPad = 12;
    painter.setFont(style::figureFont(11));
    const QFontMetricsF metrics(painter.font());
    double titles = metrics.horizontalAdvance(m_head);
    double values = 0;
    for (const Entry &entry : m_entries) {
        titles = std::max(titles, metrics.horizontalAdvance(entry.title) + 22);
        values = std::max(values, metrics.horizontalAdvance(entry.value));
    }
    const QSizeF size(titles + values + 2 * kPad + 24, kPad * 1.5 + kRow * static_cast<double>(m_entries.size() + 1));
    const bool right = m_x + 12 + size.width() < width();
    const QRectF box(QPointF(right ? m_x + 12 : m_x - 12 - size.width(), m_area.top() + 8), size);
    painter.setPen(style::tokens().line);
    painter.setBrush(style::tokens().raised);
    painter.drawRoundedRect(box, 6, 6);
    double y = box.top() + kPad + metrics.ascent() - 2;
    painter.setPen(style::tokens().second);
    painter.drawText(QPointF(box.left() + kPad, y), m_head);
    for (const Entry &entry : m_entries) {
        y += kRow;
        painter.setPen(QPen(entry.colour, 2.5, entry.dash));
        painter.drawLine(QPointF(box.left() + kPad, y - 4), QPointF(box.left() + kPad + 14, y - 4));
        painter.setPen(style::tokens().second);
        painter.drawText(QPointF(box.left() + kPad + 22, y), entry.title);
        painter.setPen(style::tokens().text);
        painter.drawText(QPointF(box.right() - kPad - metrics.horizontalAdvance(entry.value), y), entry.value);
    }
}

// ---- PlotCanvas

PlotCanvas::PlotCanvas(QWidget *parent) : QCustomPlot(parent), m_overlay(new CursorOverlay(this))
{
    setMinimumSize(200, 120);
    setFocusPolicy(Qt::NoFocus);
    m_markAxis = axisRect()->addAxis(QCPAxis::atRight);
    m_markAxis->setRange(0, 1);
    m_markAxis->setVisible(false);
    xAxis->setTicker(QSharedPointer<XTicker>::create());
    yAxis->setTicker(QSharedPointer<YTicker>::create());
    yAxis2->setTicker(QSharedPointer<YTicker>::create());
    setInteractions(QCP::iRangeDrag | QCP::iRangeZoom);
    setAttribute(Qt::WA_NoMousePropagation, false);  // what is not for the plot, as the wheel without Ctrl, goes to the page
    axisRect()->setRangeDrag(Qt::Horizontal);
    axisRect()->setRangeZoom(Qt::Horizontal);
    axisRect()->setMinimumMargins(QMargins(8, 10, 12, 4));
    setNoAntialiasingOnDrag(true);
    legend->setVisible(false);
    dress();
}

void PlotCanvas::dress()
{
    const style::Tokens &t = style::tokens();
    setBackground(QBrush(t.surface));
    for (QCPAxis *axis : {xAxis, yAxis, yAxis2}) {
        axis->setBasePen(Qt::NoPen);
        axis->setTickPen(Qt::NoPen);
        axis->setSubTickPen(Qt::NoPen);
        axis->setTickLabelFont(style::figureFont(11));
        axis->setTickLabelColor(t.second);
        axis->setLabelFont(style::sized(11));
        axis->setLabelColor(t.second);
        axis->setTickLabelPadding(8);
        axis->grid()->setPen(QPen(t.line, 1));
        axis->grid()->setZeroLinePen(QPen(t.line, 1));
        axis->grid()->setSubGridVisible(false);
        axis->grid()->setAntialiased(false);
    }
    xAxis->grid()->setVisible(false);
    yAxis2->grid()->setVisible(false);
    legend->setBrush(t.surface);
    legend->setBorderPen(QPen(t.line));
    legend->setTextColor(t.text);
    legend->setFont(style::sized(11));
}

void PlotCanvas::setXKind(XAxis kind)
{
    auto ticker = QSharedPointer<XTicker>::create();
    ticker->kind = kind;
    xAxis->setTicker(ticker);
}

void PlotCanvas::setLogY(bool on)
{
    yAxis->setScaleType(on ? QCPAxis::stLogarithmic : QCPAxis::stLinear);
    if (on)
        yAxis->setTicker(QSharedPointer<LogTicker>::create());
    else
        yAxis->setTicker(QSharedPointer<YTicker>::create());
}

void PlotCanvas::setLogX()
{
    xAxis->setScaleType(QCPAxis::stLogarithmic);
    xAxis->setTicker(QSharedPointer<LogTicker>::create());
}

void PlotCanvas::wheelEvent(QWheelEvent *event)
{
    if (event->modifiers().testFlag(Qt::ControlModifier))
        QCustomPlot::wheelEvent(event);
    else
        event->ignore();
}

void PlotCanvas::resizeEvent(QResizeEvent *event)
{
    QCustomPlot::resizeEvent(event);
    m_overlay->setGeometry(rect());
}

}  // namespace athanor::plots
