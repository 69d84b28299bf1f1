// One bar of shares with every part named below it: where the time goes, where the parameters are. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QWidget>

namespace athanor::plots {

struct BarPart {
    QString title;   // "forward"
    double value = 0;
    QString text;    // "30 %"; made from the share when empty
    int series = -1;  // colour; -1: by position
};

class ATHANOR_EXPORT StackedBar : public QWidget {
    Q_OBJECT
public:
    explicit StackedBar(QWidget *parent = nullptr);
    void setParts(QList<BarPart> parts);
    const QList<BarPart> &parts() const { return m_parts; }
    /// Where each part is named, in a bar of this width; parts without a value are not.
    QList<QRectF> names(int width) const;
    bool hasHeightForWidth() const override { return true; }
    int heightForWidth(int width) const override;
    QSize sizeHint() const override { return {320, heightForWidth(320)}; }
    QSize minimumSizeHint() const override;

protected:
    void paintEvent(QPaintEvent *event) override;
    bool event(QEvent *event) override;

private:
    QList<QRectF> rectangles() const;
    QColor colourOf(int index) const;
    QString textOf(const BarPart &part) const;
    QList<BarPart> m_parts;
};

}  // namespace athanor::plots
