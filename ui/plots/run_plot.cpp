#include "ui/plots/run_plot.h"

#include "core/base/format.h"
#include "ui/plots/plot_table.h"
#include "ui/plots/run_plot_impl.h"
#include "ui/plots/series_pen.h"

namespace athanor::plots {

RunPlot::Impl::Impl(RunPlot *owner) : q(owner) { }

RunPlot::RunPlot(QWidget *parent) : QWidget(parent), m_impl(std::make_unique<Impl>(this))
{
    setFocusPolicy(Qt::StrongFocus);
    setAccessibleName(tr("Plot"));
    m_impl->makeWidgets();
    m_impl->drawTimer.setSingleShot(true);
    m_impl->settleTimer.setSingleShot(true);
    connect(&m_impl->drawTimer, &QTimer::timeout, this, [this] {
        if (isVisible())
            m_impl->redraw();
    });
    connect(&m_impl->settleTimer, &QTimer::timeout, this, [this] {
        m_impl->isMoving = false;
        m_impl->redraw();
    });
    connect(style::Appearance::instance(), &style::Appearance::changed, this, [this] {
        m_impl->canvas->dress();
        m_impl->schedule();
    });
    m_impl->showPresentState();
}

RunPlot::~RunPlot() = default;

PlottedLine *RunPlot::Impl::find(const QString &wanted, const QString &id)
{
    for (const auto &line : lines)
        if (line->quantity == wanted && line->id == id)
            return line.get();
    return nullptr;
}

void RunPlot::Impl::removeGraphs(PlottedLine &line)
{
    for (QCPGraph *graph : {line.raw, line.main, line.broken})
        if (graph)
            canvas->removeGraph(graph);
    line.raw = line.main = line.broken = nullptr;
}

void RunPlot::setQuantities(const QStringList &ids, const QStringList &titles)
{
    m_impl->quantityIds = ids;
    m_impl->quantityTitles = titles;
    if (!ids.contains(m_impl->quantity))
        m_impl->quantity = ids.value(0);
    m_impl->fillQuantityButtons();
    m_impl->showPresentState();
    m_impl->rebuildLegend();
    m_impl->schedule();
}

void RunPlot::setQuantity(const QString &id)
{
    m_impl->quantity = id;
    m_impl->showPresentState();
    m_impl->rebuildLegend();
    if (isTableVisible())
        setTableVisible(true);
    m_impl->schedule();
}

QString RunPlot::quantity() const { return m_impl->quantity; }

void RunPlot::setLine(const QString &quantity, const QString &id, const LineLook &look, SeriesData data)
{
    PlottedLine *line = m_impl->find(quantity, id);
    const bool isNew = !line;
    if (isNew) {
        m_impl->lines.push_back(std::make_unique<PlottedLine>());
        line = m_impl->lines.back().get();
        line->id = id;
        line->quantity = quantity;
        line->line.setSmoothing(m_impl->share);
    }
    const bool looksOther = line->look.title != look.title || line->look.series != look.series
                            || line->look.points != look.points;
    if (line->look.rightAxis != look.rightAxis)
        m_impl->removeGraphs(*line);
    line->look = look;
    line->line.setData(std::move(data));
    if (m_impl->quantity.isEmpty() && m_impl->quantityIds.isEmpty())
        m_impl->quantity = quantity;
    if ((isNew || looksOther) && quantity == m_impl->quantity)
        m_impl->rebuildLegend();
    m_impl->schedule();
}

void RunPlot::removeLine(const QString &id)
{
    for (const auto &line : m_impl->lines)
        if (line->id == id)
            m_impl->removeGraphs(*line);
    m_impl->tableModel->setLines(m_impl->axis, {});
    std::erase_if(m_impl->lines, [&](const auto &line) { return line->id == id; });
    if (m_impl->differenceTo == id)
        m_impl->differenceTo.clear();
    m_impl->rebuildLegend();
    m_impl->schedule();
}

void RunPlot::clear()
{
    for (const auto &line : m_impl->lines)
        m_impl->removeGraphs(*line);
    m_impl->tableModel->setLines(m_impl->axis, {});
    m_impl->lines.clear();
    m_impl->isFitted = true;
    m_impl->rebuildLegend();
    m_impl->schedule();
}

QStringList RunPlot::lineIds() const
{
    QStringList ids;
    for (const auto &line : m_impl->lines)
        if (!ids.contains(line->id))
            ids += line->id;
    return ids;
}

void RunPlot::setXAxis(XAxis axis)
{
    m_impl->axis = axis;
    m_impl->isFitted = true;
    m_impl->canvas->setXKind(axis);
    m_impl->showPresentState();
    if (isTableVisible())
        setTableVisible(true);
    m_impl->schedule();
}

XAxis RunPlot::xAxis() const { return m_impl->axis; }

void RunPlot::setLogY(bool on)
{
    m_impl->logY = on;
    m_impl->canvas->setLogY(on);
    m_impl->showPresentState();
    m_impl->schedule();
}

bool RunPlot::isLogY() const { return m_impl->logY; }

void RunPlot::setSmoothing(double share)
{
    m_impl->share = std::clamp(share, 0.0, 0.99);
    for (const auto &line : m_impl->lines)
        line->line.setSmoothing(m_impl->share);
    m_impl->showPresentState();
    m_impl->schedule();
}

double RunPlot::smoothing() const { return m_impl->share; }

void RunPlot::setLineVisible(const QString &id, bool visible)
{
    m_impl->hidden.removeAll(id);
    if (!visible)
        m_impl->hidden += id;
    m_impl->schedule();
}

bool RunPlot::isLineVisible(const QString &id) const { return !m_impl->hidden.contains(id); }

void RunPlot::setMarker(double step, const QString &text)
{
    m_impl->markerStep = step;
    m_impl->markerText = text;
    m_impl->schedule();
}

void RunPlot::setExpectedEnd(double step)
{
    m_impl->expectedEnd = step;
    m_impl->schedule();
}

void RunPlot::setDifferenceTo(const QString &id)
{
    m_impl->differenceTo = id;
    if (!id.isEmpty())
        setLogY(false);
    m_impl->schedule();
}

QString RunPlot::emptyText() const { return m_impl->empty->text(); }

void RunPlot::setEmptyText(const QString &sentence)
{
    m_impl->empty->setText(sentence);
    m_impl->schedule();
}

void RunPlot::setTableVisible(bool on)
{
    if (on) {
        QList<QPair<QString, const Line *>> shown;
        for (const auto &line : m_impl->lines)
            if (m_impl->isDrawn(*line))
                shown.emplaceBack(line->look.title, &line->line);
        m_impl->tableModel->setLines(m_impl->axis, shown);
    }
    m_impl->stack->setCurrentWidget(on ? static_cast<QWidget *>(m_impl->table) : m_impl->canvas);
    m_impl->showPresentState();
}

bool RunPlot::isTableVisible() const { return m_impl->stack->currentWidget() == m_impl->table; }

void RunPlot::setControlsVisible(bool on) { m_impl->controls->setVisible(on); }

void RunPlot::setLegendVisible(bool on) { m_impl->legend->setVisible(on); }

void RunPlot::setYTitles(const QString &left, const QString &right)
{
    m_impl->canvas->yAxis->setLabel(left);
    m_impl->canvas->yAxis2->setLabel(right);
    m_impl->schedule();
}

void RunPlot::zoomToFit()
{
    m_impl->isFitted = true;
    m_impl->redraw();
}

QString RunPlot::Impl::valueText(double value) const
{
    if (!std::isfinite(value))
        return RunPlot::tr("not a number");
    return formatReal(value, 4);
}

QList<QPair<QString, QString>> RunPlot::readoutAt(double x) const
{
    QList<QPair<QString, QString>> texts;
    for (const auto &line : m_impl->lines) {
        if (!m_impl->isDrawn(*line))
            continue;
        const double value = line->line.valueAt(m_impl->mainKind(*line), m_impl->axis, x);
        if (!std::isnan(value) || !std::isnan(line->line.valueAt(Line::Kind::Raw, XAxis::Step, -1)))
            texts.emplaceBack(line->look.title, m_impl->valueText(value));
    }
    return texts;
}

void RunPlot::Impl::showCursor(const QPointF &position)
{
    const QRect area = canvas->axisRect()->rect();
    const double x = canvas->xAxis->pixelToCoord(position.x());
    QList<CursorOverlay::Entry> entries;
    for (const auto &line : lines) {
        if (!isDrawn(*line))
            continue;
        double value = line->line.valueAt(mainKind(*line), axis, x);
        if (const PlottedLine *base = reference())
            value -= base->line.valueAt(mainKind(*base), axis, x);
        if (std::isnan(value))
            continue;
        const QCPAxis *yAxis = line->look.rightAxis ? canvas->yAxis2 : canvas->yAxis;
        entries += {line->look.title, valueText(value), seriesColour(line->look.series), seriesPen(line->look.series, 1).style(),
                    QPointF(position.x(), yAxis->coordToPixel(value))};
    }
    if (entries.isEmpty() || !area.contains(position.toPoint())) {
        canvas->overlay()->vanish();
        return;
    }
    const QString unit = axis == XAxis::Tokens ? RunPlot::tr("at %1 tokens") : axis == XAxis::Time ? RunPlot::tr("at %1")
                                                                                                    : RunPlot::tr("at step %1");
    canvas->overlay()->present(unit.arg(xText(axis, std::max(x, 0.0))), entries, position.x(), area);
    Q_EMIT q->cursorMoved(x);
}

double RunPlot::redrawNow() { return m_impl->redraw(); }

void RunPlot::setXRange(double from, double to)
{
    m_impl->isFitted = false;
    m_impl->isRedrawing = true;
    m_impl->canvas->xAxis->setRange(from, to);
    m_impl->isRedrawing = false;
}

void RunPlot::setMoving(bool moving) { m_impl->isMoving = moving; }

}  // namespace athanor::plots
