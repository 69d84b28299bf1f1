// The legend under a plot: a sample of each line with its name; a click or the space bar hides and shows it.
// Private to this folder. Thread: the window's.
#pragma once

#include "ui/style/chips.h"

#include <QAbstractButton>
#include <QHash>

namespace athanor::plots {

class LegendEntry : public QAbstractButton {
    Q_OBJECT
public:
    LegendEntry(const QString &title, int series, bool points, QWidget *parent);
    QSize sizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;

private:
    int m_series;
    bool m_points;
};

class Legend : public QWidget {
    Q_OBJECT
public:
    explicit Legend(QWidget *parent);
    void clear();
    void add(const QString &id, const QString &title, int series, bool points, bool shown);

Q_SIGNALS:
    void toggled(const QString &id, bool shown);

private:
    style::FlowLayout *m_layout;
};

}  // namespace athanor::plots
