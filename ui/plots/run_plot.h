// Metrics of one or several runs over each other. Role: lines with the raw data behind the smoothed, readout of all
// runs at the pointer, legend, axes by step, tokens or time, linear or logarithmic, table, export. Limits: drawn from
// pyramids of minimum and maximum, so millions of points are fine; four colours, then they repeat with other dashes.
// Thread: the window's.
#pragma once

#include "core/base/error.h"
#include "ui/plots/series_data.h"

#include <QStringList>
#include <QWidget>

#include <memory>

namespace athanor::plots {

enum class XAxis { Step, Tokens, Time };

struct LineLook {
    QString title;           // in the legend: "training"
    int series = 0;          // colour and dash
    bool smooth = true;      // smoothing applies, the raw line stands behind
    bool points = false;     // a mark at each value (validation)
    bool rightAxis = false;  // belongs to the second axis
};

class ATHANOR_EXPORT RunPlot : public QWidget {
    Q_OBJECT
public:
    explicit RunPlot(QWidget *parent = nullptr);
    ~RunPlot() override;

    /// What can be drawn; the first is drawn. {"loss", "perplexity", "bits_per_byte"} with titles in people's words.
    void setQuantities(const QStringList &ids, const QStringList &titles);
    void setQuantity(const QString &id);
    QString quantity() const;

    /// Data of one line. `quantity` is one of setQuantities' or any when that was not called; `id` is the line's own
    /// ("<run>/train"). Replaces the line's data; drawn within 100 ms. Appended data of a running job: give the whole
    /// series again, only what is new is processed when the beginning is the same.
    void setLine(const QString &quantity, const QString &id, const LineLook &look, SeriesData data);
    void removeLine(const QString &id);  // of all quantities
    void clear();
    QStringList lineIds() const;

    void setXAxis(XAxis axis);
    XAxis xAxis() const;
    void setLogY(bool on);
    bool isLogY() const;
    void setSmoothing(double share);  // 0 … 0.99
    double smoothing() const;
    void setLineVisible(const QString &id, bool visible);
    bool isLineVisible(const QString &id) const;
    /// A vertical line with words, e.g. where the run is now; NaN removes it. In units of the x axis by step.
    void setMarker(double step, const QString &text);
    /// The x that a finished run will reach (in steps), so that the room still to go is seen; 0: none.
    void setExpectedEnd(double step);
    /// Difference to this line instead of the values; empty: values.
    void setDifferenceTo(const QString &id);
    QString emptyText() const;
    void setEmptyText(const QString &sentence);

    void setTableVisible(bool on);
    bool isTableVisible() const;
    /// The row of controls over the plot (quantity, x, smoothing, log y, table, export); on by default.
    void setControlsVisible(bool on);
    void setLegendVisible(bool on);
    void setYTitles(const QString &left, const QString &right);

    void zoomToFit();
    /// The readout's lines at an x of the present axis: {"training", "5.71"} …
    QList<QPair<QString, QString>> readoutAt(double x) const;

    Status exportPng(const QString &file, int width = 1600, int height = 900);
    Status exportSvg(const QString &file, int width = 1200, int height = 675);
    /// All visible lines: line, step, tokens, seconds, value.
    Status exportCsv(const QString &file) const;

    /// Draws now; milliseconds it took. For benchmarks.
    double redrawNow();
    void setXRange(double from, double to);
    void setMoving(bool moving);  // thinner lines, as while dragging

Q_SIGNALS:
    void cursorMoved(double x);
    void viewChanged();  // axis, smoothing or quantity, by the person

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    struct Impl;
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::plots
