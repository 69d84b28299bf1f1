// Layout that suits a small window: a stack as large as the page it shows, and columns that become rows when the
// width does not suffice. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QBoxLayout>
#include <QGridLayout>
#include <QWidget>

namespace athanor::pages {

/// One of several widgets, the others hidden. Unlike QStackedWidget its size is that of the one that is shown, so that a
/// low page does not scroll because a hidden one is high.
class ATHANOR_EXPORT PageStack : public QWidget {
    Q_OBJECT
public:
    explicit PageStack(QWidget *parent = nullptr);
    void addWidget(QWidget *widget);  // the first one added is shown
    void setCurrentIndex(int index);
    int currentIndex() const { return m_current; }

private:
    QList<QWidget *> m_widgets;
    int m_current = -1;
};

/// Widgets side by side, one below the other when narrower than `breakWidth`.
class ATHANOR_EXPORT SideBySide : public QWidget {
    Q_OBJECT
public:
    /// `whenNarrow`: TopToBottom, or BottomToTop when the last one matters most.
    explicit SideBySide(int breakWidth, QBoxLayout::Direction whenNarrow = QBoxLayout::TopToBottom, QWidget *parent = nullptr);
    void add(QWidget *widget, int stretch);
    bool isNarrow() const { return m_row->direction() == m_whenNarrow; }
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    int m_breakWidth;
    QBoxLayout::Direction m_whenNarrow;
    QBoxLayout *m_row;
};

/// Small cards in one row, in two rows when narrower than `breakWidth`: the upper row has one more if need be.
class ATHANOR_EXPORT CardRows : public QWidget {
    Q_OBJECT
public:
    explicit CardRows(int breakWidth, QWidget *parent = nullptr);
    void add(QWidget *widget);
    int rowCount() const { return m_rows; }
    QSize minimumSizeHint() const override;

protected:
    void resizeEvent(QResizeEvent *event) override;

private:
    void arrange(int rows);
    int m_breakWidth;
    int m_rows = 1;
    QList<QWidget *> m_widgets;
    QGridLayout *m_grid;
};

}  // namespace athanor::pages
