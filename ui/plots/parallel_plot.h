// The runs of a sweep as lines over parallel axes (Inselberg 1985): one axis for each setting, the last for the result; the
// better a run, the stronger its line. Role: pointer and keys find a run, a click or Enter chooses it. Limits: some hundred
// runs, a handful of axes. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QStringList>
#include <QWidget>

#include <vector>

namespace athanor::plots {

struct ParallelAxis {
    QString title;
    QString low, high;  // written at its ends
};

struct ParallelRun {
    QString id;
    QString words;                // "learning_rate=0.002, batch=8: 2.31"
    std::vector<double> heights;  // one for each axis, 0 (foot) to 1; not a number: the line ends before it
    double rank = 0;              // 0 the best … 1 the worst
};

class ATHANOR_EXPORT ParallelPlot : public QWidget {
    Q_OBJECT
public:
    explicit ParallelPlot(QWidget *parent = nullptr);

    void setData(std::vector<ParallelAxis> axes, std::vector<ParallelRun> runs);
    void setEmptyText(const QString &sentence);
    /// The run under the pointer or the keys; empty: none.
    QString current() const;
    QString runAt(const QPointF &position) const;
    QSize sizeHint() const override { return {520, 220}; }
    QSize minimumSizeHint() const override { return {240, 160}; }

Q_SIGNALS:
    void currentChanged(const QString &id);
    void chosen(const QString &id);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void mouseReleaseEvent(QMouseEvent *event) override;
    void leaveEvent(QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;

private:
    QRectF plotArea() const;
    double axisX(size_t axis) const;
    QPointF pointOf(const ParallelRun &run, size_t axis) const;
    double distance(const ParallelRun &run, const QPointF &position) const;
    void setCurrent(int run);
    void drawAxes(QPainter &painter) const;
    void drawRun(QPainter &painter, const ParallelRun &run, bool isCurrent) const;
    void drawWords(QPainter &painter) const;
    int nextByRank(int direction) const;

    std::vector<ParallelAxis> m_axes;
    std::vector<ParallelRun> m_runs;  // the worst first, so that the best lie on top
    QString m_empty;
    int m_current = -1;
};

}  // namespace athanor::plots
