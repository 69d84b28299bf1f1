#include "ui/pages/training/runs_card.h"

#include "core/base/format.h"
#include "ui/pages/common/job_follower.h"
#include "ui/pages/common/page_parts.h"

namespace athanor::pages {

namespace {
enum Column { NameColumn, StateColumn, BitsColumn, StepsColumn, StartedColumn };
}

RunsCard::RunsCard(QWidget *parent)
    : Card(tr("Runs"), tr("tick to draw over this one"), parent),
      m_table(makeTable({tr("Run"), tr("State"), tr("Bits per byte"), tr("Steps"), tr("Started")}, tr("Runs of this project"))),
      m_clone(style::makeButton(tr("Clone…"))), m_reproduce(style::makeButton(tr("Reproduce"))),
      m_forecast(style::makeButton(tr("Forecast…"))), m_delete(style::makeButton(tr("Delete"), "danger"))
{
    m_table->setMinimumHeight(150);
    m_table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_table->horizontalHeader()->setSectionResizeMode(NameColumn, QHeaderView::Stretch);
    m_clone->setToolTip(tr("A new run with the same settings, which you can change first"));
    m_reproduce->setToolTip(tr("Trains again exactly the same and compares the weights bit by bit"));
    m_forecast->setToolTip(tr("What these runs say about a larger model: its loss, its tokens, its hours"));
    m_delete->setToolTip(tr("Moves the run to the trash; it can be brought back"));
    body()->addWidget(m_table, 1);
    auto *row = new QHBoxLayout;
    row->addWidget(m_clone);
    row->addWidget(m_reproduce);
    row->addWidget(m_forecast);
    row->addStretch(1);
    row->addWidget(m_delete);
    body()->addLayout(row);
    connect(m_table, &QTableWidget::itemChanged, this, &RunsCard::onItemChanged);
    const auto choose = [this](int row) {
        if (row >= 0 && row < m_runs.size() && m_runs[row].id != m_shown)
            Q_EMIT chosen(m_runs[row].id);
    };
    connect(m_table, &QTableWidget::cellDoubleClicked, this, choose);
    connect(m_table, &QTableWidget::cellActivated, this, choose);
    connect(m_clone, &QPushButton::clicked, this, [this] { Q_EMIT cloneRequested(currentRun()); });
    connect(m_reproduce, &QPushButton::clicked, this, [this] { Q_EMIT reproduceRequested(currentRun()); });
    connect(m_forecast, &QPushButton::clicked, this, &RunsCard::forecastRequested);
    connect(m_delete, &QPushButton::clicked, this, [this] { Q_EMIT deleteRequested(currentRun()); });
}

QString RunsCard::currentRun() const
{
    const auto selected = m_table->selectionModel()->selectedRows();
    return selected.isEmpty() || selected.first().row() >= m_runs.size() ? m_shown : m_runs[selected.first().row()].id;
}

void RunsCard::setRuns(const QList<project::Run> &runs, const QString &shown)
{
    const QString before = m_table->selectionModel()->selectedRows().isEmpty() ? QString() : currentRun();
    m_runs = runs;
    m_shown = shown;
    m_compared.removeAll(shown);
    const QSignalBlocker quiet(m_table);
    m_table->clearSelection();
    m_table->setRowCount(int(runs.size()));
    for (int row = 0; row < runs.size(); ++row) {
        fillRow(row);
        if (runs[row].id == before)
            m_table->selectRow(row);
    }
    for (QPushButton *button : {m_clone, m_reproduce, m_delete})
        button->setEnabled(!runs.isEmpty());
}

void RunsCard::fillRow(int row)
{
    const project::Run &run = m_runs[row];
    const std::optional<job::State> state = job::stateFromName(run.state);
    const QString usual = tr("Training ");  // what every run is; the rest tells them apart
    const QStringList texts{run.title.startsWith(usual) ? run.title.mid(usual.size()) : run.title, state ? stateWords(*state) : run.state, figure(run.bitsPerByte),
                            run.steps > 0 ? formatInteger(run.steps) : QStringLiteral("–"),
                            run.created.toLocalTime().toString(QStringLiteral("d MMM HH:mm"))};
    for (int column = 0; column < texts.size(); ++column) {
        auto *item = new QTableWidgetItem(texts[column]);
        item->setToolTip(column == NameColumn ? run.title : texts[column]);
        if (column == NameColumn) {
            const bool isShown = run.id == m_shown;
            item->setFlags(isShown ? item->flags() & ~Qt::ItemIsUserCheckable : item->flags() | Qt::ItemIsUserCheckable);
            item->setCheckState(isShown || m_compared.contains(run.id) ? Qt::Checked : Qt::Unchecked);
            if (isShown)
                item->setToolTip(tr("Shown on this page"));
        }
        m_table->setItem(row, column, item);
    }
}

void RunsCard::onItemChanged(QTableWidgetItem *item)
{
    if (item->column() != NameColumn || item->row() >= m_runs.size())
        return;
    const QString id = m_runs[item->row()].id;
    m_compared.removeAll(id);
    if (item->checkState() == Qt::Checked && id != m_shown)
        m_compared += id;
    Q_EMIT comparedChanged(m_compared);
}

}  // namespace athanor::pages
