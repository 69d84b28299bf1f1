#include "ui/plots/plot_table.h"

#include "core/base/format.h"

#include <QCoreApplication>

#include <algorithm>

namespace athanor::plots {

void PlotTableModel::setLines(XAxis axis, QList<QPair<QString, const Line *>> lines)
{
    beginResetModel();
    m_axis = axis;
    m_lines = std::move(lines);
    m_xs.clear();
    for (const auto &[title, line] : m_lines)
        m_xs.insert(m_xs.end(), line->xs(axis).begin(), line->xs(axis).begin() + static_cast<std::ptrdiff_t>(line->size()));
    std::sort(m_xs.begin(), m_xs.end());
    m_xs.erase(std::unique(m_xs.begin(), m_xs.end()), m_xs.end());
    endResetModel();
}

int PlotTableModel::rowCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_xs.size());
}

int PlotTableModel::columnCount(const QModelIndex &parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_lines.size()) + 1;
}

QVariant PlotTableModel::data(const QModelIndex &index, int role) const
{
    if (role == Qt::TextAlignmentRole)
        return QVariant::fromValue(Qt::Alignment(Qt::AlignRight | Qt::AlignVCenter));
    if (role != Qt::DisplayRole)
        return {};
    const double x = m_xs[static_cast<size_t>(index.row())];
    if (index.column() == 0)
        return m_axis == XAxis::Time ? formatReal(x, 6) : formatInteger(static_cast<qint64>(x));
    const Line &line = *m_lines[index.column() - 1].second;
    const std::vector<double> &xs = line.xs(m_axis);
    const auto found = std::lower_bound(xs.begin(), xs.end(), x);
    const auto at = static_cast<size_t>(found - xs.begin());
    if (found == xs.end() || *found != x || at >= line.size())
        return QString();
    return formatReal(line.data().values[at], 6);
}

QVariant PlotTableModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    if (section > 0)
        return m_lines[section - 1].first;
    if (m_axis == XAxis::Time)
        return QCoreApplication::translate("RunPlot", "seconds");
    return m_axis == XAxis::Tokens ? QCoreApplication::translate("RunPlot", "tokens")
                                   : QCoreApplication::translate("RunPlot", "step");
}

}  // namespace athanor::plots
