// The checkpoints of a run with their figures, and what can be done with each. Thread: the window's.
#pragma once

#include "core/project/project.h"
#include "ui/style/widgets.h"

#include <QSet>
#include <QTableWidget>

namespace athanor::pages {

class ATHANOR_EXPORT CheckpointsCard : public style::Card {
    Q_OBJECT
public:
    explicit CheckpointsCard(QWidget *parent = nullptr);
    /// `means`: paths of those that hold the mean of the weights.
    void setCheckpoints(const QList<project::Checkpoint> &checkpoints, const QSet<QString> &means = {});
    /// Whether a text can be scored with them.
    void setContinuesText(bool continues) { m_evaluate->setVisible(continues); }
    /// Whether one can be asked for now.
    void setRunning(bool running);
    /// What became of the wish for one; empty: nothing was wished.
    void setWords(const QString &words);
    QString words() const { return m_words->text(); }
    int count() const { return int(m_checkpoints.size()); }
    /// The chosen row's, else the best, else the newest; empty when there is none.
    QString currentPath() const;
    QTableWidget *table() const { return m_table; }
    QPushButton *tryButton() const { return m_try; }
    QPushButton *exportButton() const { return m_export; }
    QPushButton *nowButton() const { return m_now; }

Q_SIGNALS:
    void nowRequested();
    void tryRequested(const QString &path);
    void evaluateRequested(const QString &path);
    void forkRequested(const QString &path);
    void exportRequested(const QString &path);

private:
    void updateButtons();
    QList<project::Checkpoint> m_checkpoints;  // newest first
    QTableWidget *m_table;
    QLabel *m_none, *m_words;
    QPushButton *m_now, *m_try, *m_evaluate, *m_fork, *m_export;
};

}  // namespace athanor::pages
