// Drawing: which points, which pens, which ranges.
#include "ui/plots/run_plot_impl.h"
#include "ui/plots/series_pen.h"
#include "ui/style/type.h"

namespace athanor::plots {

namespace {

constexpr int kRedrawMs = 100;
constexpr int kMaximumRestarts = 60;
constexpr int kPointsForWidePen = 3000;   // above it two antialiased pixels cost more than a frame
constexpr int kPointsForDashes = 2500;
constexpr int kPointsForMarks = 160;
constexpr double kNoisyPath = 4;  // a line so many times longer than the plot is wide is noise: dashes would only blur it

void give(QCPGraph *graph, const std::vector<QPointF> &points)
{
    QVector<QCPGraphData> data;
    data.reserve(static_cast<qsizetype>(points.size()));
    for (const QPointF &point : points)
        data.append(QCPGraphData(point.x(), point.y()));
    graph->data()->set(data, true);
}

// How many times longer than the plot's width the line's way up and down is, in pixels.
double roughness(const std::vector<QPointF> &points, const QCPAxis *yAxis, int width)
{
    double way = 0;
    double before = std::nan("");
    for (const QPointF &point : points) {
        const double y = yAxis->coordToPixel(point.y());
        if (std::isfinite(before))
            way += std::abs(y - before);
        before = y;
    }
    return way / std::max(width, 1);
}

}  // namespace

// New data of a running job: at once when the last drawing is long ago, else in step with ten a second.
void RunPlot::Impl::schedule()
{
    if (!drawTimer.isActive())
        drawTimer.start(sinceDraw.isValid() ? std::max<int>(0, kRedrawMs - static_cast<int>(sinceDraw.elapsed())) : 0);
}

bool RunPlot::Impl::isDrawn(const PlottedLine &line) const
{
    return line.quantity == quantity && !line.line.isEmpty() && !hidden.contains(line.id);
}

Line::Kind RunPlot::Impl::mainKind(const PlottedLine &line) const
{
    return line.look.smooth && share > 0 ? Line::Kind::Smoothed : Line::Kind::Raw;
}

const PlottedLine *RunPlot::Impl::reference() const
{
    for (const auto &line : lines)
        if (!differenceTo.isEmpty() && line->id == differenceTo && line->quantity == quantity)
            return line.get();
    return nullptr;
}

double RunPlot::Impl::dataEnd() const
{
    double end = 0;
    for (const auto &line : lines)
        if (isDrawn(*line)) {
            end = std::max(end, line->line.xs(axis)[line->line.size() - 1]);
            if (expectedEnd > 0)
                end = std::max(end, line->line.xOfStep(axis, expectedEnd));
        }
    return end;
}

void RunPlot::Impl::fitX()
{
    const double end = dataEnd();
    canvas->xAxis->setRange(-end * 0.005, end > 0 ? end * 1.01 : 1);
}

void RunPlot::Impl::fitY()
{
    const QCPRange x = canvas->xAxis->range();
    for (QCPAxis *yAxis : {canvas->yAxis, canvas->yAxis2}) {
        const bool isRight = yAxis == canvas->yAxis2;
        job::MinMax range;
        for (const auto &line : lines) {
            if (!isDrawn(*line) || line->look.rightAxis != isRight)
                continue;
            std::vector<QPointF> points;
            job::MinMax own = line->line.valueRange(mainKind(*line), axis, x.lower, x.upper, logY && !isRight);
            if (reference()) {
                own = {};
                for (const QPointF &point : shownPoints(*line, mainKind(*line), x, 400)) {
                    own.minimum = std::min(own.minimum, point.y());
                    own.maximum = std::max(own.maximum, point.y());
                }
            } else if (mainKind(*line) == Line::Kind::Smoothed) {
                const job::MinMax raw = line->line.valueRange(Line::Kind::Raw, axis, x.lower, x.upper, logY && !isRight);
                own.minimum = std::min(own.minimum, raw.minimum);
                own.maximum = std::max(own.maximum, raw.maximum);
            }
            range.minimum = std::min(range.minimum, own.minimum);
            range.maximum = std::max(range.maximum, own.maximum);
        }
        if (isRight)
            yAxis->setVisible(!range.isEmpty());
        if (range.isEmpty())
            continue;
        if (logY && !isRight) {
            yAxis->setRange(range.minimum * 0.96, range.maximum * 1.04);
            continue;
        }
        const double room = range.maximum > range.minimum ? (range.maximum - range.minimum) * 0.05
                                                          : std::max(std::abs(range.maximum) * 0.1, 1e-9);
        yAxis->setRange(range.minimum - room, range.maximum + room);
    }
}

std::vector<QPointF> RunPlot::Impl::shownPoints(const PlottedLine &line, Line::Kind kind, const QCPRange &range,
                                                int columns) const
{
    std::vector<QPointF> points = line.line.points(kind, axis, range.lower, range.upper, columns);
    const PlottedLine *base = reference();
    if (!base)
        return points;
    std::vector<QPointF> differences;
    differences.reserve(points.size());
    for (const QPointF &point : points)
        if (const double other = base->line.valueAt(mainKind(*base), axis, point.x()); std::isfinite(other))
            differences.emplace_back(point.x(), point.y() - other);
    return differences;
}

void RunPlot::Impl::fillLine(PlottedLine &line, const QCPRange &range, int columns)
{
    const bool drawn = isDrawn(line);
    if (drawn && !line.main) {
        QCPAxis *yAxis = line.look.rightAxis ? canvas->yAxis2 : canvas->yAxis;
        line.raw = canvas->addGraph(canvas->xAxis, yAxis);
        line.main = canvas->addGraph(canvas->xAxis, yAxis);
        line.broken = canvas->addGraph(canvas->xAxis, canvas->markAxis());
        line.broken->setLineStyle(QCPGraph::lsNone);
        for (QCPGraph *graph : {line.raw, line.broken})
            graph->removeFromLegend();
    }
    if (!line.main)
        return;
    for (QCPGraph *graph : {line.raw, line.main, line.broken})
        graph->setVisible(drawn);
    if (!drawn)
        return;
    const std::vector<QPointF> points = shownPoints(line, mainKind(line), range, columns);
    give(line.main, points);
    const bool hasRaw = mainKind(line) == Line::Kind::Smoothed && !reference();
    line.raw->setVisible(hasRaw);
    if (hasRaw)
        give(line.raw, line.line.points(Line::Kind::Raw, axis, range.lower, range.upper, isMoving ? columns / 2 : columns));
    std::vector<QPointF> marks;
    for (const double x : line.line.brokenAt(axis))
        marks.emplace_back(x, 0.97);
    give(line.broken, marks);
    dressGraph(line, static_cast<int>(points.size()), roughness(points, line.main->valueAxis(), columns) > kNoisyPath);
}

void RunPlot::Impl::dressGraph(PlottedLine &line, int pointCount, bool isNoisy)
{
    const int series = line.look.series;
    const bool fast = isMoving || isNoisy || pointCount > kPointsForWidePen;
    QPen pen = seriesPen(series, fast ? 1 : 2);
    if (fast || pointCount > kPointsForDashes)
        pen.setStyle(Qt::SolidLine);
    line.main->setPen(pen);
    line.main->setAntialiased(!fast);
    line.main->setName(line.look.title);
    line.raw->setPen(QPen(style::mixed(style::tokens().surface, seriesColour(series), 0.4), 1));
    line.raw->setAntialiased(false);
    const bool marked = (line.look.points || pointCount == 1) && pointCount <= kPointsForMarks;
    line.main->setScatterStyle(marked ? QCPScatterStyle(QCPScatterStyle::ssDisc, Qt::NoPen, QBrush(seriesColour(series)), 7)
                                      : QCPScatterStyle());
    line.broken->setScatterStyle(QCPScatterStyle(QCPScatterStyle::ssCross, style::tokens().bad, 8));
}

void RunPlot::Impl::fillLines()
{
    const int width = std::max(canvas->axisRect()->width(), 50);
    const int columns = isMoving ? width / 2 : width;
    for (const auto &line : lines)
        fillLine(*line, canvas->xAxis->range(), columns);
}

void RunPlot::Impl::drawMarks()
{
    std::vector<double> restarts;
    for (const auto &line : lines)
        if (isDrawn(*line))
            for (const double step : line->line.data().restarts)
                restarts.push_back(line->line.xOfStep(axis, step));
    std::sort(restarts.begin(), restarts.end());
    restarts.erase(std::unique(restarts.begin(), restarts.end()), restarts.end());
    const auto count = std::min<qsizetype>(static_cast<qsizetype>(restarts.size()), kMaximumRestarts);
    while (restartItems.size() < count)
        restartItems += new QCPItemStraightLine(canvas);
    for (qsizetype at = 0; at < restartItems.size(); ++at) {
        QCPItemStraightLine *item = restartItems[at];
        item->setVisible(at < count);
        if (at >= count)
            continue;
        item->setPen(QPen(style::tokens().attention, 1, Qt::DashDotLine));
        item->point1->setCoords(restarts[static_cast<size_t>(at)], 0.1);
        item->point2->setCoords(restarts[static_cast<size_t>(at)], 1);
    }
    const bool hasMarker = std::isfinite(markerStep) && !lines.empty();
    if (hasMarker && !markerItem) {
        markerItem = new QCPItemStraightLine(canvas);
        markerLabel = new QCPItemText(canvas);
        markerLabel->position->setTypeX(QCPItemPosition::ptPlotCoords);
        markerLabel->position->setTypeY(QCPItemPosition::ptAxisRectRatio);
    }
    if (!markerItem)
        return;
    markerItem->setVisible(hasMarker);
    markerLabel->setVisible(hasMarker);
    if (!hasMarker)
        return;
    const double x = lines.front()->line.xOfStep(axis, markerStep);
    markerItem->setPen(QPen(style::tokens().accent, 1.5, Qt::DotLine));
    markerItem->point1->setCoords(x, 0.1);
    markerItem->point2->setCoords(x, 1);
    markerLabel->setText(markerText);
    markerLabel->setFont(style::figureFont(11));
    markerLabel->setColor(style::tokens().accent);
    const bool left = x > canvas->xAxis->range().center();
    markerLabel->setPositionAlignment(Qt::AlignTop | (left ? Qt::AlignRight : Qt::AlignLeft));
    markerLabel->setPadding(QMargins(6, 0, 6, 0));
    markerLabel->position->setCoords(x, 0.0);
}

double RunPlot::Impl::redraw()
{
    QElapsedTimer clock;
    clock.start();
    isRedrawing = true;
    bool any = false;
    for (const auto &line : lines)
        any |= isDrawn(*line);
    empty->setVisible(!any && !empty->text().isEmpty());
    for (QCPAxis *each : {canvas->xAxis, canvas->yAxis})
        each->setTickLabels(any);  // axes of nothing would only mislead
    canvas->yAxis->grid()->setVisible(any);
    if (isFitted)
        fitX();
    fitY();
    fillLines();
    drawMarks();
    canvas->replot(QCustomPlot::rpImmediateRefresh);
    isRedrawing = false;
    sinceDraw.start();
    return static_cast<double>(clock.nsecsElapsed()) / 1e6;
}

void RunPlot::Impl::setMovingNow(bool on)
{
    isMoving = on;
    canvas->setNoAntialiasingOnDrag(true);
    if (on)
        settleTimer.start(180);
}

}  // namespace athanor::plots
