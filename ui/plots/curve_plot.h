// A few curves over a quantity that is not time: the loss over the learning rate, the loss over the size of a model.
// Role: lines, marks, a band of uncertainty, a line that says where to look, readout by pointer and keys, export.
// Limits: some thousand points. Thread: the window's.
#pragma once

#include "core/base/error.h"

#include <QPointF>
#include <QStringList>
#include <QWidget>

#include <limits>
#include <memory>
#include <vector>

namespace athanor::plots {

struct Curve {
    QString title;
    int series = 0;              // colour and dash
    std::vector<QPointF> points; // ascending in x; points that are no numbers are left out
    bool line = true;
    bool marks = false;          // a mark at each point
    bool faint = false;          // stands behind: raw values of a smoothed curve
    std::vector<double> low, high;  // a band around the points; empty: none
};

enum class Scale { Linear, Logarithmic };

class ATHANOR_EXPORT CurvePlot : public QWidget {
    Q_OBJECT
public:
    CurvePlot(const QString &xTitle, const QString &yTitle, Scale x, Scale y, QWidget *parent = nullptr);
    ~CurvePlot() override;

    void setCurves(std::vector<Curve> curves);
    const std::vector<Curve> &curves() const;
    /// A vertical line with words; not a number: none.
    void setMarker(double x, const QString &text);
    void setEmptyText(const QString &sentence);
    /// What the readout says nearest to `x`: {title, value} of each curve that is not faint.
    QList<QPair<QString, QString>> readoutAt(double x) const;
    /// The same numbers: a row for each x, a column for each curve, and for the ends of its band.
    QStringList tableTitles() const;
    QList<QStringList> tableRows() const;
    Status exportPng(const QString &file, int width = 1200, int height = 675);
    QSize sizeHint() const override { return {520, 280}; }

protected:
    bool eventFilter(QObject *watched, QEvent *event) override;
    void keyPressEvent(QKeyEvent *event) override;
    void focusOutEvent(QFocusEvent *event) override;

private:
    struct Impl;
    void redraw();
    void fit();
    void showReadout(double x);
    std::unique_ptr<Impl> m_impl;
};

}  // namespace athanor::plots
