// Rows of values over steps as shades: one row a layer. Role: where in a model something changes, at a glance; the exact
// numbers come with the pointer or the arrow keys. One hue from the ground to the accent, so that it reads without
// colour vision too. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QWidget>

#include <functional>
#include <vector>

namespace athanor::plots {

struct HeatRow {
    QString title;
    std::vector<qint64> steps;   // ascending
    std::vector<double> values;  // not finite: left empty
    bool operator==(const HeatRow &) const = default;
};

class ATHANOR_EXPORT HeatMap : public QWidget {
    Q_OBJECT
public:
    enum class Scale { Linear, Logarithmic };
    explicit HeatMap(QWidget *parent = nullptr);

    /// The first row stands at the top.
    void setRows(QList<HeatRow> rows, Scale scale);
    const QList<HeatRow> &rows() const { return m_rows; }
    void setFormat(std::function<QString(double)> format) { m_format = std::move(format); }
    /// Shown while there is nothing to draw.
    void setEmptyText(const QString &text) { m_empty = text; }
    /// "blocks.3 · step 1,200 · 0.013", of the cell that the keys or the pointer stand on.
    QString cellWords() const;

    QSize sizeHint() const override;
    QSize minimumSizeHint() const override { return {200, 80}; }

Q_SIGNALS:
    void cellChanged(const QString &words);

protected:
    void paintEvent(QPaintEvent *event) override;
    void mouseMoveEvent(QMouseEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusInEvent(QFocusEvent *event) override;

private:
    QRectF area() const;
    int columnCount() const;
    double valueAt(int row, int column) const;
    qint64 stepAt(int column) const;
    double shareOf(double value) const;
    void measure();
    void choose(int row, int column);
    void drawCells(QPainter &painter, const QRectF &area) const;
    void drawTitles(QPainter &painter, const QRectF &area) const;
    void drawScale(QPainter &painter, const QRectF &area) const;
    void drawCursor(QPainter &painter, const QRectF &area) const;

    QList<HeatRow> m_rows;
    Scale m_scale = Scale::Linear;
    std::function<QString(double)> m_format;
    QString m_empty;
    qint64 m_firstStep = 0, m_lastStep = 0;
    double m_low = 0, m_high = 1;
    int m_row = -1, m_column = -1;
};

}  // namespace athanor::plots
