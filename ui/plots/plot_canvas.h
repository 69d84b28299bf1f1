// QCustomPlot dressed in the tokens, with our ticks and an overlay for the pointer's readout. Private to this folder.
// Thread: the window's.
#pragma once

#include "ui/plots/run_plot.h"

#include <qcustomplot.h>

namespace athanor::plots {

/// Draws the vertical line at the pointer and the box with all lines' values, without a redraw of the plot.
class CursorOverlay : public QWidget {
    Q_OBJECT
public:
    struct Entry {
        QString title, value;
        QColor colour;
        Qt::PenStyle dash = Qt::SolidLine;
        QPointF at;
    };
    explicit CursorOverlay(QWidget *parent);
    void present(const QString &head, QList<Entry> entries, double x, const QRect &area);
    void vanish();

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    void drawBox(QPainter &painter) const;
    QString m_head;
    QList<Entry> m_entries;
    double m_x = -1;
    QRect m_area;
};

class PlotCanvas : public QCustomPlot {
    Q_OBJECT
public:
    explicit PlotCanvas(QWidget *parent);
    void dress();  // colours and fonts of the theme in force
    void setXKind(XAxis kind);
    void setLogY(bool on);
    void setLogX();
    CursorOverlay *overlay() const { return m_overlay; }
    QCPAxis *markAxis() const { return m_markAxis; }  // hidden, 0 to 1: for marks at the upper edge

protected:
    void resizeEvent(QResizeEvent *event) override;
    void wheelEvent(QWheelEvent *event) override;  // zooms with Ctrl; else the page scrolls

private:
    CursorOverlay *m_overlay;
    QCPAxis *m_markAxis;
};

QString xText(XAxis kind, double x);

}  // namespace athanor::plots
