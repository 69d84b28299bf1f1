// Layout that suits a small window: a stack as large as the page it shows, and columns that become rows when the
// width does not suffice. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QBoxLayout>
#include <QStackedWidget>

namespace athanor::pages {

/// A stack whose size is that of the current widget, so that a low page does not scroll because a hidden one is high.
class ATHANOR_EXPORT PageStack : public QStackedWidget {
    Q_OBJECT
public:
    explicit PageStack(QWidget *parent = nullptr);
    QSize sizeHint() const override;
    QSize minimumSizeHint() const override;
    bool hasHeightForWidth() const override;
    int heightForWidth(int width) const override;

protected:
    void resizeEvent(QResizeEvent *event) override;
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

}  // namespace athanor::pages
