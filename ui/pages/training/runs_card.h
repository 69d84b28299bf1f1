// All runs of the project: which is shown, which are drawn over it, and what can be done with each. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/style/widgets.h"

#include <QTableWidget>

namespace athanor::pages {

class ATHANOR_EXPORT RunsCard : public style::Card {
    Q_OBJECT
public:
    explicit RunsCard(QWidget *parent = nullptr);
    /// Newest first. `shown` is the run on the page; it cannot be compared with itself.
    void setRuns(const QList<project::Run> &runs, const QString &shown);
    QStringList compared() const { return m_compared; }
    QTableWidget *table() const { return m_table; }
    QPushButton *forecastButton() const { return m_forecast; }

Q_SIGNALS:
    void chosen(const QString &runId);
    void comparedChanged(const QStringList &runIds);
    void cloneRequested(const QString &runId);
    void reproduceRequested(const QString &runId);
    void deleteRequested(const QString &runId);
    void forecastRequested();

private:
    void fillRow(int row);
    void onItemChanged(QTableWidgetItem *item);
    QString currentRun() const;
    QList<project::Run> m_runs;
    QString m_shown;
    QStringList m_compared;
    QTableWidget *m_table;
    QPushButton *m_clone, *m_reproduce, *m_forecast, *m_delete;
};

}  // namespace athanor::pages
