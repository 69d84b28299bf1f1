#include "ui/plots/curve_plot.h"

#include "core/base/format.h"
#include "ui/plots/plot_canvas.h"
#include "ui/plots/series_pen.h"
#include "ui/style/appearance.h"
#include "ui/style/type.h"
#include "ui/style/widgets.h"

#include <QtWidgets/QtWidgets>

#include <cmath>
#include <map>

namespace athanor::plots {

namespace {

constexpr double kRoom = 0.06;  // beyond the outermost points, as a share of the range
constexpr double kKeySteps = 60;

bool isDrawable(const QPointF &point, bool logX, bool logY)
{
    return std::isfinite(point.x()) && std::isfinite(point.y()) && (!logX || point.x() > 0) && (!logY || point.y() > 0);
}

bool hasBand(const Curve &curve)
{
    return !curve.low.empty() && curve.low.size() == curve.points.size() && curve.high.size() == curve.points.size();
}

/// A little wider than `low` to `high`, on either scale.
QCPRange withRoom(double low, double high, bool isLog)
{
    if (isLog) {
        const double room = std::pow(std::max(high / low, 1.02), kRoom);
        return {low / room, high * room};
    }
    const double room = kRoom * std::max(high - low, 1e-3 * std::max(std::abs(high), 1e-9));
    return {low - room, high + room};
}

const QPointF *nearest(const Curve &curve, double x, bool isLog)
{
    const QPointF *found = nullptr;
    double least = std::numeric_limits<double>::infinity();
    for (const QPointF &point : curve.points) {
        const double distance = std::abs(isLog ? std::log(point.x() / x) : point.x() - x);
        if (std::isfinite(point.y()) && distance < least) {
            least = distance;
            found = &point;
        }
    }
    return found;
}

}  // namespace

struct CurvePlot::Impl {
    PlotCanvas *canvas = nullptr;
    QLabel *empty = nullptr;
    std::vector<Curve> curves;
    bool logX = false, logY = false;
    QString xTitle;
    double marker = std::nan("");
    QString markerText;
    double cursor = std::nan("");

    void addBand(const Curve &curve);
    void addCurve(const Curve &curve);
    void addMarker();
};

CurvePlot::CurvePlot(const QString &xTitle, const QString &yTitle, Scale x, Scale y, QWidget *parent)
    : QWidget(parent), m_impl(std::make_unique<Impl>())
{
    m_impl->canvas = new PlotCanvas(this);
    m_impl->logX = x == Scale::Logarithmic;
    m_impl->logY = y == Scale::Logarithmic;
    m_impl->xTitle = xTitle;
    if (m_impl->logX)
        m_impl->canvas->setLogX();
    m_impl->canvas->setLogY(m_impl->logY);
    m_impl->canvas->setInteractions(QCP::iNone);
    m_impl->canvas->xAxis->setLabel(xTitle);
    m_impl->canvas->yAxis->setLabel(yTitle);
    m_impl->canvas->axisRect()->insetLayout()->setInsetAlignment(0, Qt::AlignLeft | Qt::AlignBottom);  // the marker's words stand above
    m_impl->canvas->installEventFilter(this);
    m_impl->canvas->setMouseTracking(true);
    m_impl->empty = style::makeWrappedLabel({}, "note", this);
    m_impl->empty->setAlignment(Qt::AlignCenter);
    auto *stack = new QStackedLayout(this);
    stack->setStackingMode(QStackedLayout::StackAll);
    stack->addWidget(m_impl->canvas);
    stack->addWidget(m_impl->empty);
    m_impl->empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumHeight(180);
    setAccessibleName(tr("%1 over %2").arg(yTitle, xTitle));
    connect(style::Appearance::instance(), &style::Appearance::changed, this, &CurvePlot::redraw);
    redraw();
}

CurvePlot::~CurvePlot() = default;

void CurvePlot::setCurves(std::vector<Curve> curves)
{
    m_impl->curves = std::move(curves);
    for (Curve &curve : m_impl->curves)
        if (curve.low.empty())
            std::erase_if(curve.points, [this](const QPointF &point) { return !isDrawable(point, m_impl->logX, m_impl->logY); });
    redraw();
}

const std::vector<Curve> &CurvePlot::curves() const { return m_impl->curves; }

void CurvePlot::setMarker(double x, const QString &text)
{
    m_impl->marker = x;
    m_impl->markerText = text;
    setAccessibleDescription(text);
    redraw();
}

void CurvePlot::setEmptyText(const QString &sentence) { m_impl->empty->setText(sentence); }

void CurvePlot::Impl::addBand(const Curve &curve)
{
    if (!hasBand(curve))
        return;
    QCPGraph *lower = canvas->addGraph(), *upper = canvas->addGraph();
    for (size_t i = 0; i < curve.points.size(); ++i) {
        lower->addData(curve.points[i].x(), curve.low[i]);
        upper->addData(curve.points[i].x(), curve.high[i]);
    }
    QColor colour = seriesColour(curve.series);
    colour.setAlphaF(0.18F);
    for (QCPGraph *edge : {lower, upper}) {
        edge->setPen(Qt::NoPen);
        edge->removeFromLegend();
    }
    upper->setBrush(colour);
    upper->setChannelFillGraph(lower);
}

void CurvePlot::Impl::addCurve(const Curve &curve)
{
    QCPGraph *graph = canvas->addGraph();
    for (const QPointF &point : curve.points)
        graph->addData(point.x(), point.y());
    graph->setName(curve.title);
    QPen pen = seriesPen(curve.series, curve.faint ? 1 : 2);
    if (curve.faint) {
        pen.setColor(style::mixed(style::tokens().surface, pen.color(), 0.35));
        pen.setStyle(Qt::SolidLine);
        graph->removeFromLegend();
    }
    graph->setPen(pen);
    graph->setLineStyle(curve.line ? QCPGraph::lsLine : QCPGraph::lsNone);
    if (curve.marks)
        graph->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssDisc, pen.color(), pen.color(), 7));
    graph->setAntialiased(true);
}

void CurvePlot::Impl::addMarker()
{
    if (!std::isfinite(marker) || (logX && marker <= 0))
        return;
    auto *line = new QCPItemStraightLine(canvas);
    for (QCPItemPosition *end : {line->point1, line->point2}) {
        end->setTypeX(QCPItemPosition::ptPlotCoords);
        end->setTypeY(QCPItemPosition::ptAxisRectRatio);
        end->setCoords(marker, end == line->point1 ? 0 : 1);
    }
    line->setPen(QPen(style::tokens().accent, 1.5, Qt::DashLine));
    auto *text = new QCPItemText(canvas);
    text->setText(markerText);
    text->setFont(style::sized(11));
    text->setColor(style::tokens().text);
    text->setBrush(style::tokens().surface);
    text->setPadding(QMargins(4, 2, 4, 2));
    text->position->setTypeX(QCPItemPosition::ptPlotCoords);
    text->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    const bool isRight = canvas->xAxis->coordToPixel(marker) > canvas->axisRect()->left() + canvas->axisRect()->width() * 0.6;
    text->setPositionAlignment(Qt::AlignTop | (isRight ? Qt::AlignRight : Qt::AlignLeft));
    text->position->setCoords(marker, 0.02);
}

void CurvePlot::redraw()
{
    PlotCanvas &canvas = *m_impl->canvas;
    canvas.clearGraphs();
    canvas.clearItems();
    canvas.dress();
    bool isEmpty = true;
    for (const Curve &curve : m_impl->curves) {
        isEmpty = isEmpty && curve.points.empty();
        m_impl->addBand(curve);
        m_impl->addCurve(curve);
    }
    m_impl->empty->setVisible(isEmpty);
    canvas.legend->setVisible(!isEmpty && canvas.legend->itemCount() > 1);
    fit();
    canvas.replot(QCustomPlot::rpImmediateRefresh);  // the marker's side depends on where the axes stand
    m_impl->addMarker();
    canvas.replot(QCustomPlot::rpQueuedReplot);
}

void CurvePlot::fit()
{
    const double infinity = std::numeric_limits<double>::infinity();
    double left = infinity, right = -infinity, low = infinity, high = -infinity;
    for (const Curve &curve : m_impl->curves)
        for (size_t i = 0; i < curve.points.size(); ++i) {
            left = std::min(left, curve.points[i].x());
            right = std::max(right, curve.points[i].x());
            low = std::min({low, curve.points[i].y(), i < curve.low.size() ? curve.low[i] : infinity});
            high = std::max({high, curve.points[i].y(), i < curve.high.size() ? curve.high[i] : -infinity});
        }
    if (!(left <= right) || !(low <= high))
        return;
    m_impl->canvas->xAxis->setRange(withRoom(left, right, m_impl->logX));
    m_impl->canvas->yAxis->setRange(withRoom(low, high, m_impl->logY));
}

QList<QPair<QString, QString>> CurvePlot::readoutAt(double x) const
{
    QList<QPair<QString, QString>> entries;
    for (const Curve &curve : m_impl->curves)
        if (const QPointF *point = curve.faint ? nullptr : nearest(curve, x, m_impl->logX))
            entries += {curve.title, formatReal(point->y(), 4)};
    return entries;
}

void CurvePlot::showReadout(double x)
{
    QList<CursorOverlay::Entry> entries;
    double at = x;
    for (const Curve &curve : m_impl->curves) {
        const QPointF *point = curve.faint ? nullptr : nearest(curve, x, m_impl->logX);
        if (!point)
            continue;
        at = point->x();
        entries += {curve.title, formatReal(point->y(), 4), seriesColour(curve.series), seriesPen(curve.series, 1).style(),
                    QPointF(m_impl->canvas->xAxis->coordToPixel(point->x()), m_impl->canvas->yAxis->coordToPixel(point->y()))};
    }
    if (entries.isEmpty())
        return m_impl->canvas->overlay()->vanish();
    m_impl->cursor = x;
    m_impl->canvas->overlay()->present(m_impl->xTitle + QLatin1Char(' ') + formatReal(at, 3), entries, m_impl->canvas->xAxis->coordToPixel(at), m_impl->canvas->axisRect()->rect());
}

bool CurvePlot::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::MouseMove)
        showReadout(m_impl->canvas->xAxis->pixelToCoord(static_cast<QMouseEvent *>(event)->position().x()));
    else if (event->type() == QEvent::Leave)
        m_impl->canvas->overlay()->vanish();
    return QWidget::eventFilter(watched, event);
}

void CurvePlot::keyPressEvent(QKeyEvent *event)
{
    const bool moves = event->key() == Qt::Key_Left || event->key() == Qt::Key_Right;
    if (!moves)
        return QWidget::keyPressEvent(event);
    const QCPAxis *axis = m_impl->canvas->xAxis;
    const double now = std::isfinite(m_impl->cursor) ? axis->coordToPixel(m_impl->cursor) : m_impl->canvas->axisRect()->center().x();
    const double step = m_impl->canvas->axisRect()->width() / kKeySteps;
    showReadout(axis->pixelToCoord(now + (event->key() == Qt::Key_Left ? -step : step)));
}

void CurvePlot::focusOutEvent(QFocusEvent *event)
{
    m_impl->canvas->overlay()->vanish();
    QWidget::focusOutEvent(event);
}

QStringList CurvePlot::tableTitles() const
{
    QStringList titles{m_impl->xTitle};
    for (const Curve &curve : m_impl->curves) {
        titles += curve.title;
        if (hasBand(curve))
            titles += {tr("from"), tr("to")};
    }
    return titles;
}

QList<QStringList> CurvePlot::tableRows() const
{
    constexpr int kDigits = 5;
    std::map<double, QStringList> rows;
    for (const Curve &curve : m_impl->curves)
        for (const QPointF &point : curve.points)
            rows.insert({point.x(), {formatReal(point.x(), kDigits)}});
    qsizetype columns = 1;
    for (const Curve &curve : m_impl->curves) {
        columns += hasBand(curve) ? 3 : 1;
        for (size_t i = 0; i < curve.points.size(); ++i) {
            QStringList &row = rows[curve.points[i].x()];
            if (row.size() >= columns)
                continue;  // two points of one curve at one place: the first
            row += formatReal(curve.points[i].y(), kDigits);
            if (hasBand(curve))
                row += {formatReal(curve.low[i], kDigits), formatReal(curve.high[i], kDigits)};
        }
        for (auto &[x, row] : rows)
            row.resize(columns);
    }
    QList<QStringList> lines;
    for (const auto &[x, row] : rows)
        lines += row;
    return lines;
}

Status CurvePlot::exportPng(const QString &file, int width, int height)
{
    if (m_impl->canvas->savePng(file, width, height))
        return {};
    return fail(ErrorCode::Unreadable, tr("The plot could not be written to %1.").arg(file),
                tr("Choose a folder that you may write to and that has room."));
}

}  // namespace athanor::plots
