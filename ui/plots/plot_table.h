// The numbers of the drawn lines as a table: a row for each x, a column for each line. Private to this folder.
// Thread: the window's.
#pragma once

#include "ui/plots/line.h"

#include <QAbstractTableModel>

namespace athanor::plots {

class PlotTableModel : public QAbstractTableModel {
    Q_OBJECT
public:
    using QAbstractTableModel::QAbstractTableModel;
    /// The lines must outlive the next call.
    void setLines(XAxis axis, QList<QPair<QString, const Line *>> lines);
    int rowCount(const QModelIndex &parent = {}) const override;
    int columnCount(const QModelIndex &parent = {}) const override;
    QVariant data(const QModelIndex &index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    XAxis m_axis = XAxis::Step;
    QList<QPair<QString, const Line *>> m_lines;
    std::vector<double> m_xs;
};

}  // namespace athanor::plots
