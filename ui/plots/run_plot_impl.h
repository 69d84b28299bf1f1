// The inside of RunPlot, shared by its files. Private to this folder. Thread: the window's.
#pragma once

#include "ui/plots/legend.h"
#include "ui/plots/line.h"
#include "ui/plots/plot_canvas.h"
#include "ui/plots/run_plot.h"

namespace athanor::plots {

class PlotTableModel;

struct PlottedLine {
    QString id;
    QString quantity;
    LineLook look;
    Line line;
    QCPGraph *raw = nullptr;   // behind, when smoothed
    QCPGraph *main = nullptr;
    QCPGraph *broken = nullptr;  // marks of NaN
};

struct RunPlot::Impl {
    explicit Impl(RunPlot *owner);

    // run_plot_controls.cpp
    void makeWidgets();
    void makeControls();
    void makeMoreMenu();
    void connectCanvas();
    void fillQuantityButtons();
    void showPresentState();
    void onExport(const QString &suffix);
    void rebuildLegend();

    // run_plot_draw.cpp
    void schedule();
    double redraw();
    void fillLines();
    void fillLine(PlottedLine &line, const QCPRange &range, int columns);
    void dressGraph(PlottedLine &line, int pointCount, bool isNoisy);
    void fitX();
    void fitY();
    void drawMarks();
    std::vector<QPointF> shownPoints(const PlottedLine &line, Line::Kind kind, const QCPRange &range, int columns) const;
    Line::Kind mainKind(const PlottedLine &line) const;
    bool isDrawn(const PlottedLine &line) const;
    const PlottedLine *reference() const;
    double dataEnd() const;
    void setMovingNow(bool on);

    // run_plot.cpp
    PlottedLine *find(const QString &quantity, const QString &id);
    void removeGraphs(PlottedLine &line);
    void showCursor(const QPointF &position);
    QString valueText(double value) const;

    RunPlot *q;
    PlotCanvas *canvas = nullptr;
    Legend *legend = nullptr;
    QWidget *controls = nullptr;
    QHBoxLayout *quantityRow = nullptr;
    QButtonGroup *quantityGroup = nullptr;
    QToolButton *xButton = nullptr;
    QToolButton *logButton = nullptr;
    QToolButton *tableButton = nullptr;
    QSlider *smoothSlider = nullptr;
    QLabel *smoothLabel = nullptr;
    QLabel *empty = nullptr;
    QStackedWidget *stack = nullptr;
    QTableView *table = nullptr;
    PlotTableModel *tableModel = nullptr;

    std::vector<std::unique_ptr<PlottedLine>> lines;
    QStringList quantityIds, quantityTitles;
    QString quantity;
    QStringList hidden;
    QString differenceTo;
    XAxis axis = XAxis::Step;
    bool logY = false;
    double share = 0.6;
    double markerStep = std::nan("");
    QString markerText;
    double expectedEnd = 0;
    bool isFitted = true;   // x follows the data until the person moves
    bool isMoving = false;
    bool isRedrawing = false;
    QTimer drawTimer;       // new data: at most ten times a second
    QTimer settleTimer;     // after the last movement: full quality again
    QElapsedTimer sinceDraw;
    QVector<QCPItemStraightLine *> restartItems;
    QCPItemStraightLine *markerItem = nullptr;
    QCPItemText *markerLabel = nullptr;
};

}  // namespace athanor::plots
