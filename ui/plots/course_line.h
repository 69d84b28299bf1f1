// A small line without axes, with its first, highest and last value in words: what will happen, at a glance. Thread: the
// window's.
#pragma once

#include "core/base/export.h"

#include <QWidget>

#include <vector>

namespace athanor::plots {

class ATHANOR_EXPORT CourseLine : public QWidget {
    Q_OBJECT
public:
    explicit CourseLine(QWidget *parent = nullptr);
    /// Evenly spaced values, none negative; fewer than two: nothing is drawn.
    void setValues(std::vector<double> values);
    const std::vector<double> &values() const { return m_values; }
    QString words() const;  // "0.0001 → 0.002 → 0.0002"
    QSize sizeHint() const override { return {320, 72}; }
    QSize minimumSizeHint() const override { return {120, 72}; }

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    std::vector<double> m_values;
};

}  // namespace athanor::plots
