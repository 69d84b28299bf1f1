#include "ui/plots/heat_map.h"

#include "core/base/format.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

#include <cmath>
#include <limits>

namespace athanor::plots {

namespace {

constexpr int kMostRowHeight = 26;
constexpr int kUsualRowHeight = 18;
constexpr int kTitleGap = 8;
constexpr int kScaleHeight = 30;
constexpr double kLeastCell = 4;      // pixels
constexpr double kFaintest = 0.06;    // of the accent, so that the lowest value is not the ground
constexpr double kNone = std::numeric_limits<double>::quiet_NaN();

QColor shade(double share)
{
    return style::mixed(style::tokens().surface, style::tokens().accent, kFaintest + (1 - kFaintest) * share);
}

}  // namespace

HeatMap::HeatMap(QWidget *parent) : QWidget(parent), m_format([](double value) { return formatReal(value, 3); })
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::MinimumExpanding);
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void HeatMap::setRows(QList<HeatRow> rows, Scale scale)
{
    if (rows == m_rows && scale == m_scale)
        return;
    m_rows = std::move(rows);
    m_scale = scale;
    measure();
    m_row = std::min(m_row, int(m_rows.size()) - 1);
    updateGeometry();
    update();
    if (m_row >= 0)
        choose(m_row, std::min(m_column, columnCount() - 1));
}

/// The limits of steps and values; on a logarithmic scale zeros are as the smallest value above.
void HeatMap::measure()
{
    m_firstStep = std::numeric_limits<qint64>::max();
    m_lastStep = std::numeric_limits<qint64>::lowest();
    m_low = std::numeric_limits<double>::infinity();
    m_high = -m_low;
    for (const HeatRow &row : m_rows) {
        if (row.steps.empty())
            continue;
        m_firstStep = std::min(m_firstStep, row.steps.front());
        m_lastStep = std::max(m_lastStep, row.steps.back());
        for (const double value : row.values) {
            if (!std::isfinite(value) || (m_scale == Scale::Logarithmic && value <= 0))
                continue;
            m_low = std::min(m_low, value);
            m_high = std::max(m_high, value);
        }
    }
}

QSize HeatMap::sizeHint() const
{
    return {480, kUsualRowHeight * std::max(4, int(m_rows.size())) + kScaleHeight + 4};
}

QRectF HeatMap::area() const
{
    const QFontMetrics metrics(style::sized(11));
    int widest = 0;
    for (const HeatRow &row : m_rows)
        widest = std::max(widest, metrics.horizontalAdvance(row.title));
    const double left = std::min(widest + kTitleGap, width() / 3);
    const double height = std::min<double>(this->height() - kScaleHeight, double(kMostRowHeight * m_rows.size()));
    return {left, 2, std::max(1.0, width() - left - 2), std::max(1.0, height)};
}

/// A column for each step that was looked at, as far as there is room.
int HeatMap::columnCount() const
{
    size_t most = 0;
    for (const HeatRow &row : m_rows)
        most = std::max(most, row.steps.size());
    return std::min(int(most), std::max(1, int(area().width() / kLeastCell)));
}

qint64 HeatMap::stepAt(int column) const
{
    const int count = columnCount();
    return count < 2 ? m_lastStep : m_firstStep + qint64(std::llround(double(m_lastStep - m_firstStep) * column / (count - 1)));
}

/// The newest value at or before the column's step.
double HeatMap::valueAt(int row, int column) const
{
    const HeatRow &line = m_rows[row];
    const auto behind = std::upper_bound(line.steps.begin(), line.steps.end(), stepAt(column));
    return behind == line.steps.begin() ? kNone : line.values[size_t(behind - line.steps.begin()) - 1];
}

double HeatMap::shareOf(double value) const
{
    if (!(m_high > m_low))
        return 0.5;
    if (m_scale == Scale::Linear)
        return std::clamp((value - m_low) / (m_high - m_low), 0.0, 1.0);
    return value <= 0 ? 0 : std::clamp(std::log(value / m_low) / std::log(m_high / m_low), 0.0, 1.0);
}

QString HeatMap::cellWords() const
{
    if (m_row < 0 || m_row >= m_rows.size() || m_column < 0)
        return {};
    const double value = valueAt(m_row, m_column);
    return QStringLiteral("%1 · %2 · %3").arg(m_rows[m_row].title, tr("step %1").arg(formatInteger(stepAt(m_column))),
                                              std::isfinite(value) ? m_format(value) : QStringLiteral("–"));
}

void HeatMap::choose(int row, int column)
{
    if (m_rows.isEmpty() || columnCount() == 0)
        return;
    m_row = std::clamp(row, 0, int(m_rows.size()) - 1);
    m_column = std::clamp(column, 0, columnCount() - 1);
    setAccessibleDescription(cellWords());
    update();
    Q_EMIT cellChanged(cellWords());
}

void HeatMap::mouseMoveEvent(QMouseEvent *event)
{
    const QRectF cells = area();
    if (!cells.contains(event->position()) || m_rows.isEmpty())
        return;
    choose(int((event->position().y() - cells.top()) / cells.height() * double(m_rows.size())),
           int((event->position().x() - cells.left()) / cells.width() * columnCount()));
    QToolTip::showText(event->globalPosition().toPoint(), cellWords(), this);
}

void HeatMap::keyPressEvent(QKeyEvent *event)
{
    switch (event->key()) {
    case Qt::Key_Left: return choose(m_row, m_column - 1);
    case Qt::Key_Right: return choose(m_row, m_column + 1);
    case Qt::Key_Up: return choose(m_row - 1, m_column);
    case Qt::Key_Down: return choose(m_row + 1, m_column);
    case Qt::Key_Home: return choose(m_row, 0);
    case Qt::Key_End: return choose(m_row, columnCount() - 1);
    default: QWidget::keyPressEvent(event);
    }
}

void HeatMap::focusInEvent(QFocusEvent *event)
{
    QWidget::focusInEvent(event);
    if (m_row < 0)
        choose(0, columnCount() - 1);
}

void HeatMap::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setFont(style::sized(11));
    if (m_rows.isEmpty() || columnCount() == 0) {
        painter.setPen(style::tokens().third);
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, m_empty);
        return;
    }
    const QRectF cells = area();
    drawCells(painter, cells);
    drawTitles(painter, cells);
    drawScale(painter, cells);
    drawCursor(painter, cells);
}

void HeatMap::drawCells(QPainter &painter, const QRectF &area) const
{
    const int columns = columnCount();
    const double width = area.width() / columns, height = area.height() / double(m_rows.size());
    for (int row = 0; row < m_rows.size(); ++row)
        for (int column = 0; column < columns; ++column) {
            const double value = valueAt(row, column);
            if (std::isfinite(value))
                painter.fillRect(QRectF(area.left() + width * column, area.top() + height * row, width + 0.5, height - 1), shade(shareOf(value)));
        }
}

/// As many titles as there is room for.
void HeatMap::drawTitles(QPainter &painter, const QRectF &area) const
{
    const double height = area.height() / double(m_rows.size());
    const int every = std::max(1, int(std::ceil(painter.fontMetrics().height() / height)));
    painter.setPen(style::tokens().second);
    for (int row = 0; row < m_rows.size(); row += every) {
        const QRectF place(0, area.top() + height * row, area.left() - kTitleGap, height);
        const QString text = painter.fontMetrics().elidedText(m_rows[row].title, Qt::ElideLeft, int(place.width()) + 1);
        painter.drawText(place, Qt::AlignRight | Qt::AlignVCenter | Qt::TextDontClip, text);
    }
}

/// Below the cells: the first and the last step, and between them what the shades stand for.
void HeatMap::drawScale(QPainter &painter, const QRectF &area) const
{
    const double top = area.bottom() + 6, baseline = top + 10;
    const QString first = tr("step %1").arg(formatInteger(m_firstStep)), last = formatInteger(m_lastStep);
    painter.setPen(style::tokens().second);
    painter.drawText(QPointF(area.left(), baseline), first);
    painter.drawText(QPointF(area.right() - painter.fontMetrics().horizontalAdvance(last), baseline), last);
    if (!std::isfinite(m_low))
        return;
    const QString low = m_format(m_low), high = m_format(m_high);
    const double bar = std::min(120.0, area.width() / 4), middle = area.center().x();
    QLinearGradient shades(middle - bar / 2, 0, middle + bar / 2, 0);
    for (int stop = 0; stop <= 4; ++stop)
        shades.setColorAt(stop / 4.0, shade(stop / 4.0));
    painter.fillRect(QRectF(middle - bar / 2, top + 1, bar, 9), shades);
    painter.drawText(QPointF(middle - bar / 2 - 6 - painter.fontMetrics().horizontalAdvance(low), baseline), low);
    painter.drawText(QPointF(middle + bar / 2 + 6, baseline), high);
}

void HeatMap::drawCursor(QPainter &painter, const QRectF &area) const
{
    if (m_row < 0 || !(hasFocus() || underMouse()))
        return;
    const double width = area.width() / columnCount(), height = area.height() / double(m_rows.size());
    painter.setPen(QPen(style::tokens().text, 1.5));
    painter.setBrush(Qt::NoBrush);
    painter.drawRect(QRectF(area.left() + width * m_column, area.top() + height * m_row, width, height - 1));
}

}  // namespace athanor::plots
