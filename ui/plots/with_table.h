// A plot with the same numbers as a table behind it: a button above, or T, turns from the one to the other. Role: holds
// both; whoever draws fills the model too. Thread: the window's.
#pragma once

#include "ui/plots/number_table.h"

#include <QStandardItemModel>
#include <QWidget>

class QStackedWidget;
class QToolButton;

namespace athanor::plots {

class ATHANOR_EXPORT WithTable : public QWidget {
    Q_OBJECT
public:
    explicit WithTable(QWidget *plot, QWidget *parent = nullptr);
    /// Rows of texts; figures stand at the right of their columns. The same again changes nothing, also no selection.
    void setTable(const QStringList &titles, const QList<QStringList> &rows);
    NumberTable *table() const { return m_table; }
    QToolButton *button() const { return m_button; }
    bool isTableVisible() const;
    void setTableVisible(bool on);

Q_SIGNALS:
    void rowActivated(int row);

protected:
    void keyPressEvent(QKeyEvent *event) override;

private:
    QWidget *m_plot;
    QToolButton *m_button;
    QStackedWidget *m_stack;
    NumberTable *m_table;
    QStandardItemModel m_model;
    QStringList m_titles;
    QList<QStringList> m_rows;
};

}  // namespace athanor::plots
