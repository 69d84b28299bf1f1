// A table of numbers to read and to take elsewhere: Ctrl+C, or its menu, copies what is selected with the columns' titles,
// tab by tab, as spreadsheets take it. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QTableView>

namespace athanor::plots {

class ATHANOR_EXPORT NumberTable : public QTableView {
    Q_OBJECT
public:
    explicit NumberTable(QWidget *parent = nullptr);
    /// Selected cells, or all where none are; empty without rows.
    QString copied() const;

protected:
    void keyPressEvent(QKeyEvent *event) override;
    void contextMenuEvent(QContextMenuEvent *event) override;

private:
    void copy() const;
};

}  // namespace athanor::plots
