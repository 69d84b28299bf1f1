// Bars with a limit that can be dragged or moved by keys. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QWidget>

#include <vector>

namespace athanor::plots {

class ATHANOR_EXPORT Histogram : public QWidget {
    Q_OBJECT
public:
    explicit Histogram(QWidget *parent = nullptr);

    /// Counts between edges: edges has one element more than counts.
    void setBins(std::vector<double> edges, std::vector<double> counts);
    /// From raw values, `bins` of equal width.
    void setValues(const std::vector<double> &values, int bins = 40);

    /// The first and the last bar also count what lies beyond: written as "≤" and "≥" at the ends.
    void setOpenEnds(bool below, bool above);
    /// A logarithmic axis; only while the first edge is above 0, else it stays linear.
    void setLogScale(bool on);
    /// Whether a value lies between the ends.
    bool holds(double value) const { return !m_edges.empty() && value >= m_edges.front() && value <= m_edges.back(); }

    enum class KeepSide { Below, Above };
    /// A limit line; the bars on the side that is not kept are drawn in the "bad" colour. NaN: no line.
    void setThreshold(double value, KeepSide keep, const QString &label = {});
    double threshold() const { return m_threshold; }
    void setDraggable(bool on);
    /// An arrow key moves the threshold at least so far.
    void setSmallestStep(double step) { m_smallestStep = step; }
    /// How the threshold is written beside its line ("20 %"): value times `factor`, then `unit`.
    void setUnit(const QString &unit, double factor = 1);

    QSize sizeHint() const override { return {480, 140}; }
    QSize minimumSizeHint() const override { return {160, 80}; }

Q_SIGNALS:
    void thresholdDragged(double value);   // while moving
    void thresholdChosen(double value);    // when let go

protected:
    void paintEvent(QPaintEvent *event) override;
    void mousePressEvent(QMouseEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRectF plotArea() const;
    double toX(double value) const;
    double toValue(double x) const;
    bool isKept(double value) const;
    QString thresholdText() const;
    QString text(double value) const;
    bool isLog() const { return m_wantsLog && !m_edges.empty() && m_edges.front() > 0; }
    void drawBars(QPainter &painter, const QRectF &area) const;
    void drawThreshold(QPainter &painter, const QRectF &area) const;
    void moveThreshold(double value, bool chosen);

    std::vector<double> m_edges, m_counts;
    double m_threshold;
    KeepSide m_keep = KeepSide::Below;
    QString m_label, m_unit;
    double m_factor = 1;
    double m_smallestStep = 0;
    bool m_draggable = true;
    bool m_dragging = false;
    bool m_isOpenBelow = false, m_isOpenAbove = false, m_wantsLog = false;
};

}  // namespace athanor::plots
