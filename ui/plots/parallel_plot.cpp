#include "ui/plots/parallel_plot.h"

#include "ui/style/appearance.h"
#include "ui/style/type.h"

#include <QtWidgets/QtWidgets>

#include <algorithm>
#include <cmath>

namespace athanor::plots {

namespace {

constexpr double kNear = 8;       // pixels at which a line counts as meant
constexpr double kHead = 38, kFoot = 42, kSide = 48;

double distanceToSegment(const QPointF &p, const QPointF &a, const QPointF &b)
{
    const QPointF along = b - a;
    const double length = QPointF::dotProduct(along, along);
    const double share = length > 0 ? std::clamp(QPointF::dotProduct(p - a, along) / length, 0.0, 1.0) : 0.0;
    const QPointF off = p - (a + share * along);
    return std::hypot(off.x(), off.y());
}

/// Around `x`, as far as the widget reaches to both sides.
void drawCentred(QPainter &painter, double x, double y, const QString &text)
{
    const double width = painter.fontMetrics().horizontalAdvance(text), end = painter.window().width() - 2;
    painter.drawText(QPointF(std::max(2.0, std::min(x - width / 2, end - width)), y), text);
}

}  // namespace

ParallelPlot::ParallelPlot(QWidget *parent) : QWidget(parent)
{
    setFocusPolicy(Qt::StrongFocus);
    setMouseTracking(true);
    setSizePolicy(QSizePolicy::Expanding, QSizePolicy::Expanding);
    setAccessibleName(tr("Runs of a sweep, their settings and results"));
    connect(style::Appearance::instance(), &style::Appearance::changed, this, qOverload<>(&QWidget::update));
}

void ParallelPlot::setData(std::vector<ParallelAxis> axes, std::vector<ParallelRun> runs)
{
    const QString before = current();
    m_axes = std::move(axes);
    m_runs = std::move(runs);
    std::erase_if(m_runs, [this](const ParallelRun &run) { return run.heights.size() != m_axes.size(); });
    std::stable_sort(m_runs.begin(), m_runs.end(), [](const ParallelRun &a, const ParallelRun &b) { return a.rank > b.rank; });
    m_current = -1;
    for (size_t i = 0; i < m_runs.size(); ++i)
        if (!before.isEmpty() && m_runs[i].id == before)
            m_current = int(i);
    update();
}

void ParallelPlot::setEmptyText(const QString &sentence)
{
    m_empty = sentence;
    update();
}

QString ParallelPlot::current() const { return m_current < 0 ? QString() : m_runs[size_t(m_current)].id; }

QRectF ParallelPlot::plotArea() const { return QRectF(rect()).adjusted(kSide, kHead, -kSide, -kFoot); }

double ParallelPlot::axisX(size_t axis) const
{
    const QRectF area = plotArea();
    return m_axes.size() < 2 ? area.center().x() : area.left() + area.width() * double(axis) / double(m_axes.size() - 1);
}

QPointF ParallelPlot::pointOf(const ParallelRun &run, size_t axis) const
{
    const QRectF area = plotArea();
    return {axisX(axis), area.bottom() - area.height() * run.heights[axis]};
}

double ParallelPlot::distance(const ParallelRun &run, const QPointF &position) const
{
    double least = std::numeric_limits<double>::infinity();
    for (size_t axis = 1; axis < m_axes.size(); ++axis)
        if (std::isfinite(run.heights[axis]) && std::isfinite(run.heights[axis - 1]))
            least = std::min(least, distanceToSegment(position, pointOf(run, axis - 1), pointOf(run, axis)));
    return least;
}

QString ParallelPlot::runAt(const QPointF &position) const
{
    QString found;
    double least = kNear;
    for (const ParallelRun &run : m_runs)
        if (const double off = distance(run, position); off <= least) {
            least = off;
            found = run.id;
        }
    return found;
}

void ParallelPlot::setCurrent(int run)
{
    if (run == m_current)
        return;
    m_current = run;
    setAccessibleDescription(run < 0 ? QString() : m_runs[size_t(run)].words);
    update();
    Q_EMIT currentChanged(current());
}

void ParallelPlot::paintEvent(QPaintEvent *)
{
    QPainter painter(this);
    painter.setRenderHint(QPainter::Antialiasing);
    painter.setFont(style::figureFont(11));
    if (m_runs.empty()) {
        painter.setPen(style::tokens().third);
        painter.drawText(rect(), Qt::AlignCenter | Qt::TextWordWrap, m_empty);
        return;
    }
    for (const ParallelRun &run : m_runs)
        drawRun(painter, run, false);
    drawAxes(painter);
    if (m_current >= 0)
        drawRun(painter, m_runs[size_t(m_current)], true);
    drawWords(painter);
    if (hasFocus()) {
        painter.setBrush(Qt::NoBrush);
        painter.setPen(style::tokens().accent);
        painter.drawRoundedRect(QRectF(rect()).adjusted(0.5, 0.5, -0.5, -0.5), 6, 6);
    }
}

void ParallelPlot::drawAxes(QPainter &painter) const
{
    const QRectF area = plotArea();
    for (size_t axis = 0; axis < m_axes.size(); ++axis) {
        const double x = axisX(axis);
        painter.setPen(QPen(style::tokens().third, 1));
        painter.drawLine(QPointF(x, area.top()), QPointF(x, area.bottom()));
        painter.setPen(style::tokens().text);
        painter.setFont(style::sized(11));
        const double room = m_axes.size() < 2 ? width() : area.width() / double(m_axes.size() - 1) - 12;
        drawCentred(painter, x, area.top() - 22, painter.fontMetrics().elidedText(m_axes[axis].title, Qt::ElideRight, int(room)));
        painter.setPen(style::tokens().second);
        painter.setFont(style::figureFont(11));
        drawCentred(painter, x, area.top() - 6, m_axes[axis].high);
        drawCentred(painter, x, area.bottom() + 14, m_axes[axis].low);
    }
}

// Strength goes with the rank: the colour of the best fades into the ground, so that brightness alone tells them apart.
void ParallelPlot::drawRun(QPainter &painter, const ParallelRun &run, bool isCurrent) const
{
    const style::Tokens &tokens = style::tokens();
    const QColor colour = isCurrent ? tokens.accent : style::mixed(tokens.surface, tokens.series[0], 1 - 0.8 * run.rank);
    painter.setPen(QPen(colour, isCurrent ? 3 : run.rank == 0 ? 2.5 : 1.3));
    for (size_t axis = 1; axis < m_axes.size(); ++axis)
        if (std::isfinite(run.heights[axis]) && std::isfinite(run.heights[axis - 1]))
            painter.drawLine(pointOf(run, axis - 1), pointOf(run, axis));
}

void ParallelPlot::drawWords(QPainter &painter) const
{
    const QString words = m_current >= 0 ? m_runs[size_t(m_current)].words : m_runs.back().rank == 0 ? tr("best: %1").arg(m_runs.back().words) : QString();
    painter.setPen(style::tokens().text);
    painter.setFont(style::sized(12));
    const QString shown = painter.fontMetrics().elidedText(words, Qt::ElideRight, width() - 16);
    drawCentred(painter, width() / 2.0, height() - 8, shown);
}

void ParallelPlot::mouseMoveEvent(QMouseEvent *event)
{
    const QString id = runAt(event->position());
    const auto found = std::find_if(m_runs.begin(), m_runs.end(), [&](const ParallelRun &run) { return run.id == id; });
    setCurrent(id.isEmpty() ? -1 : int(found - m_runs.begin()));
    setCursor(id.isEmpty() ? Qt::ArrowCursor : Qt::PointingHandCursor);
}

void ParallelPlot::mouseReleaseEvent(QMouseEvent *event)
{
    if (event->button() == Qt::LeftButton && m_current >= 0)
        Q_EMIT chosen(current());
}

void ParallelPlot::leaveEvent(QEvent *) { setCurrent(-1); }

/// Up: the next better one.
int ParallelPlot::nextByRank(int direction) const
{
    if (m_runs.empty())
        return -1;
    const int best = int(m_runs.size()) - 1;
    return m_current < 0 ? best : std::clamp(m_current + direction, 0, best);
}

void ParallelPlot::keyPressEvent(QKeyEvent *event)
{
    if (event->key() == Qt::Key_Up || event->key() == Qt::Key_Down)
        return setCurrent(nextByRank(event->key() == Qt::Key_Up ? 1 : -1));
    if ((event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter) && m_current >= 0)
        Q_EMIT chosen(current());
    else
        QWidget::keyPressEvent(event);
}

}  // namespace athanor::plots
