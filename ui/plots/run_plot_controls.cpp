// The row over the plot, the menu, the pointer and the keys.
#include "ui/plots/run_plot_impl.h"
#include "ui/plots/number_table.h"
#include "ui/plots/plot_table.h"
#include "ui/style/icon.h"
#include "ui/style/widgets.h"

namespace athanor::plots {

namespace {

QToolButton *quietButton(const QString &text, const QString &tooltip, QWidget *parent)
{
    auto *button = new QToolButton(parent);
    button->setText(text);
    button->setToolTip(tooltip);
    button->setAccessibleName(tooltip.isEmpty() ? text : tooltip);
    button->setProperty("role", QStringLiteral("quiet"));
    button->setFocusPolicy(Qt::StrongFocus);
    return button;
}

QString axisTitle(XAxis axis)
{
    if (axis == XAxis::Time)
        return RunPlot::tr("time");
    return axis == XAxis::Tokens ? RunPlot::tr("tokens") : RunPlot::tr("step");
}

}  // namespace

void RunPlot::Impl::makeWidgets()
{
    auto *layout = new QVBoxLayout(q);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(4);
    makeControls();
    layout->addWidget(controls);
    canvas = new PlotCanvas(q);
    canvas->installEventFilter(q);
    canvas->setMouseTracking(true);
    table = new NumberTable(q);
    tableModel = new PlotTableModel(q);
    table->setModel(tableModel);
    stack = new QStackedWidget(q);
    stack->setStyleSheet(QStringLiteral("QStackedWidget { background: transparent; }"));
    stack->addWidget(canvas);
    stack->addWidget(table);
    layout->addWidget(stack, 1);
    legend = new Legend(q);
    layout->addWidget(legend);
    empty = style::makeWrappedLabel({}, "second", canvas);
    empty->setAlignment(Qt::AlignCenter);
    auto *over = new QVBoxLayout(canvas);
    over->addWidget(empty);
    empty->setAttribute(Qt::WA_TransparentForMouseEvents);
    empty->hide();
    connectCanvas();
}

void RunPlot::Impl::makeControls()
{
    controls = new QWidget(q);
    QSizePolicy policy(QSizePolicy::Preferred, QSizePolicy::Minimum);
    policy.setHeightForWidth(true);
    controls->setSizePolicy(policy);
    auto *row = new style::FlowLayout(controls, 4);  // in a narrow card the controls take two lines
    auto *quantities = new QWidget(controls);
    quantityRow = new QHBoxLayout(quantities);
    quantityRow->setContentsMargins(0, 0, 12, 0);
    quantityRow->setSpacing(2);
    quantityGroup = new QButtonGroup(q);
    row->addWidget(quantities);
    xButton = quietButton({}, tr("What the horizontal axis counts"), controls);
    xButton->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(xButton);
    for (const XAxis each : {XAxis::Step, XAxis::Tokens, XAxis::Time})
        menu->addAction(axisTitle(each), q, [this, each] {
            q->setXAxis(each);
            Q_EMIT q->viewChanged();
        });
    xButton->setMenu(menu);
    row->addWidget(xButton);
    smoothLabel = style::makeLabel(tr("smoothing %1").arg(QStringLiteral("0.00")), "note", controls);
    smoothSlider = new QSlider(Qt::Horizontal, controls);
    smoothSlider->setRange(0, 99);
    smoothSlider->setFixedWidth(72);
    smoothSlider->setAccessibleName(tr("Smoothing"));
    smoothSlider->setToolTip(tr("Smoothing: a running average; the raw line stays behind it"));
    auto *smooth = new QWidget(controls);
    auto *smoothRow = new QHBoxLayout(smooth);
    smoothRow->setContentsMargins(4, 6, 4, 6);
    smoothRow->setSpacing(6);
    smoothRow->addWidget(smoothLabel);
    smoothRow->addWidget(smoothSlider);
    row->addWidget(smooth);
    logButton = quietButton(tr("log y"), tr("Logarithmic vertical axis"), controls);
    logButton->setCheckable(true);
    row->addWidget(logButton);
    tableButton = quietButton({}, tr("Show the same numbers as a table"), controls);
    tableButton->setIcon(style::icon(QStringLiteral("table")));
    tableButton->setCheckable(true);
    row->addWidget(tableButton);
    makeMoreMenu();
    connect(smoothSlider, &QSlider::valueChanged, q, [this](int value) {
        q->setSmoothing(value / 100.0);
        Q_EMIT q->viewChanged();
    });
    connect(logButton, &QToolButton::toggled, q, [this](bool on) {
        q->setLogY(on);
        Q_EMIT q->viewChanged();
    });
    connect(tableButton, &QToolButton::toggled, q, &RunPlot::setTableVisible);
}

void RunPlot::Impl::makeMoreMenu()
{
    auto *more = quietButton({}, tr("Export and more. In the plot: Ctrl and the wheel zoom, dragging moves, a double click shows everything"), controls);
    more->setIcon(style::icon(QStringLiteral("more")));
    more->setPopupMode(QToolButton::InstantPopup);
    auto *menu = new QMenu(more);
    menu->addAction(tr("Show everything"), q, &RunPlot::zoomToFit);
    QMenu *difference = menu->addMenu(tr("Difference to"));
    connect(difference, &QMenu::aboutToShow, q, [this, difference] {
        difference->clear();
        QAction *none = difference->addAction(tr("nothing: the values"), q, [this] { q->setDifferenceTo({}); });
        none->setCheckable(true);
        none->setChecked(differenceTo.isEmpty());
        for (const auto &line : lines)
            if (line->quantity == quantity) {
                QAction *action = difference->addAction(line->look.title, q, [this, id = line->id] { q->setDifferenceTo(id); });
                action->setCheckable(true);
                action->setChecked(differenceTo == line->id);
            }
    });
    menu->addSeparator();
    for (const char *suffix : {"png", "svg", "csv"})
        menu->addAction(tr("Save as %1…").arg(QString::fromLatin1(suffix).toUpper()), q,
                        [this, suffix] { onExport(QString::fromLatin1(suffix)); });
    more->setMenu(menu);
    controls->layout()->addWidget(more);
}

void RunPlot::Impl::onExport(const QString &suffix)
{
    const QString file = QFileDialog::getSaveFileName(q, tr("Save the plot"), QStringLiteral("plot.") + suffix,
                                                      QStringLiteral("*.") + suffix);
    if (file.isEmpty())
        return;
    const Status saved = suffix == QLatin1String("png")   ? q->exportPng(file)
                         : suffix == QLatin1String("svg") ? q->exportSvg(file)
                                                          : q->exportCsv(file);
    if (!saved)
        QMessageBox::warning(q, tr("Not saved"), saved.error().message + u'\n' + saved.error().hint);
}

void RunPlot::Impl::connectCanvas()
{
    connect(canvas->xAxis, qOverload<const QCPRange &>(&QCPAxis::rangeChanged), q, [this](const QCPRange &) {
        if (isRedrawing)
            return;
        isFitted = false;
        setMovingNow(true);
        isRedrawing = true;  // QCustomPlot draws right after this signal: hand it the new points only
        fitY();
        fillLines();
        drawMarks();
        isRedrawing = false;
        canvas->overlay()->vanish();
    });
    connect(canvas, &QCustomPlot::mouseDoubleClick, q, [this] { q->zoomToFit(); });
    connect(canvas, &QCustomPlot::afterLayout, q, [this] {});
    connect(legend, &Legend::toggled, q, [this](const QString &id, bool shown) { q->setLineVisible(id, shown); });
}

void RunPlot::Impl::fillQuantityButtons()
{
    style::clearLayout(quantityRow);
    for (qsizetype at = 0; quantityIds.size() > 1 && at < quantityIds.size(); ++at) {
        QToolButton *button = quietButton(quantityTitles.value(at, quantityIds[at]), {}, controls);
        button->setCheckable(true);
        button->setObjectName(quantityIds[at]);
        quantityGroup->addButton(button);
        quantityRow->addWidget(button);
        button->setChecked(quantityIds[at] == quantity);
        connect(button, &QToolButton::clicked, q, [this, id = quantityIds[at]] {
            q->setQuantity(id);
            Q_EMIT q->viewChanged();
        });
    }
}

void RunPlot::Impl::showPresentState()
{
    xButton->setText(tr("x: %1 ▾").arg(axisTitle(axis)));
    smoothLabel->setText(tr("smoothing %1").arg(QString::number(share, 'f', 2)));
    const QSignalBlocker first(smoothSlider);
    const QSignalBlocker second(logButton);
    const QSignalBlocker third(tableButton);
    smoothSlider->setValue(qRound(share * 100));
    logButton->setChecked(logY);
    tableButton->setChecked(stack->currentWidget() == table);
    for (QAbstractButton *button : quantityGroup->buttons())
        button->setChecked(button->objectName() == quantity);
}

void RunPlot::Impl::rebuildLegend()
{
    legend->clear();
    for (const auto &line : lines)
        if (line->quantity == quantity)
            legend->add(line->id, line->look.title, line->look.series, line->look.points, !hidden.contains(line->id));
}

bool RunPlot::eventFilter(QObject *watched, QEvent *event)
{
    if (watched != m_impl->canvas)
        return QWidget::eventFilter(watched, event);
    if (event->type() == QEvent::MouseMove) {
        const auto *move = static_cast<QMouseEvent *>(event);
        if (move->buttons() == Qt::NoButton)
            m_impl->showCursor(move->position());
    } else if (event->type() == QEvent::Leave) {
        m_impl->canvas->overlay()->vanish();
    } else if (event->type() == QEvent::Resize) {
        m_impl->schedule();
    } else if (event->type() == QEvent::MouseButtonPress) {
        setFocus(Qt::MouseFocusReason);
    }
    return QWidget::eventFilter(watched, event);
}

void RunPlot::keyPressEvent(QKeyEvent *event)
{
    QCPAxis *axis = m_impl->canvas->xAxis;
    const double width = axis->range().size();
    switch (event->key()) {
    case Qt::Key_Left: axis->moveRange(-width / 10); break;
    case Qt::Key_Right: axis->moveRange(width / 10); break;
    case Qt::Key_Plus:
    case Qt::Key_Equal: axis->scaleRange(0.8); break;
    case Qt::Key_Minus: axis->scaleRange(1.25); break;
    case Qt::Key_Home:
    case Qt::Key_0: zoomToFit(); return;
    case Qt::Key_L: setLogY(!isLogY()); return;
    case Qt::Key_T: setTableVisible(!isTableVisible()); return;
    default: QWidget::keyPressEvent(event); return;
    }
    m_impl->canvas->replot(QCustomPlot::rpQueuedReplot);
}

}  // namespace athanor::plots
