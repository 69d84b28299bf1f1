#include "ui/pages/training/checkpoints_card.h"

#include "core/base/format.h"
#include "ui/pages/common/page_parts.h"
#include "ui/style/chips.h"

namespace athanor::pages {

CheckpointsCard::CheckpointsCard(QWidget *parent)
    : Card(tr("Checkpoints"), {}, parent), m_table(makeTable({tr("Step"), tr("Bits per byte"), tr("Loss"), tr("Saved"), {}}, tr("Checkpoints of this run"))),
      m_none(style::makeWrappedLabel(tr("The first checkpoint is written soon after the start. Until then a stopped run begins anew."), "note")),
      m_words(style::makeWrappedLabel({}, "note")), m_now(style::makeButton(tr("Checkpoint now"))), m_try(style::makeButton(tr("Try it"))), m_evaluate(style::makeButton(tr("Evaluate"))), m_fork(style::makeButton(tr("Train on from here"))),
      m_export(style::makeButton(tr("Export…")))
{
    m_table->setMinimumHeight(150);
    m_try->setToolTip(tr("Continue a text with this checkpoint"));
    m_evaluate->setToolTip(tr("Measure it on the held-out documents or on a file"));
    m_fork->setToolTip(tr("Start a new run from these weights, with other settings (fork)"));
    m_export->setToolTip(tr("For other programs: a Hugging Face folder, a GGUF file, or the adapter alone"));
    m_now->setToolTip(tr("Keeps the weights and the optimizer's state as they are after the present step"));
    addHeaderWidget(m_now);
    m_now->hide();
    m_words->hide();
    body()->addWidget(m_words);
    body()->addWidget(m_none);
    body()->addWidget(m_table, 1);
    auto *buttons = new QWidget;
    auto *row = new style::FlowLayout(buttons, 8);
    for (QPushButton *button : {m_try, m_evaluate, m_fork, m_export})
        row->addWidget(button);
    body()->addWidget(buttons);
    connect(m_table, &QTableWidget::itemSelectionChanged, this, &CheckpointsCard::updateButtons);
    connect(m_table, &QTableWidget::cellActivated, this, [this] { Q_EMIT tryRequested(currentPath()); });
    connect(m_now, &QPushButton::clicked, this, &CheckpointsCard::nowRequested);
    connect(m_try, &QPushButton::clicked, this, [this] { Q_EMIT tryRequested(currentPath()); });
    connect(m_evaluate, &QPushButton::clicked, this, [this] { Q_EMIT evaluateRequested(currentPath()); });
    connect(m_fork, &QPushButton::clicked, this, [this] { Q_EMIT forkRequested(currentPath()); });
    connect(m_export, &QPushButton::clicked, this, [this] { Q_EMIT exportRequested(currentPath()); });
    setCheckpoints({});
}

void CheckpointsCard::setCheckpoints(const QList<project::Checkpoint> &checkpoints, const QSet<QString> &means)
{
    const QString before = m_table->selectedItems().isEmpty() ? QString() : currentPath();
    m_checkpoints = checkpoints;
    std::stable_sort(m_checkpoints.begin(), m_checkpoints.end(), [](const auto &a, const auto &b) { return a.step > b.step; });
    const QSignalBlocker quiet(m_table);
    m_table->clearSelection();
    m_table->setRowCount(int(m_checkpoints.size()));
    for (int row = 0; row < m_checkpoints.size(); ++row) {
        const project::Checkpoint &point = m_checkpoints[row];
        QStringList marks;
        if (point.isBest)
            marks += tr("best so far");
        if (means.contains(point.path))
            marks += tr("mean of the weights");
        const QStringList texts{formatInteger(point.step), figure(point.bitsPerByte), figure(point.loss),
                                point.created.isValid() ? point.created.toLocalTime().toString(QStringLiteral("HH:mm:ss")) : QString(),
                                marks.join(QStringLiteral(" · "))};
        for (int column = 0; column < texts.size(); ++column)
            m_table->setItem(row, column, new QTableWidgetItem(texts[column]));
        if (point.path == before)
            m_table->selectRow(row);
    }
    const bool hasBits = std::any_of(m_checkpoints.begin(), m_checkpoints.end(), [](const project::Checkpoint &point) { return std::isfinite(point.bitsPerByte); });
    m_table->setColumnHidden(1, !hasBits && !m_checkpoints.isEmpty());  // of labels there are none
    setNote(m_checkpoints.isEmpty() ? QString() : tr("%1 kept").arg(m_checkpoints.size()));
    m_none->setVisible(m_checkpoints.isEmpty());
    m_table->setVisible(!m_checkpoints.isEmpty());
    updateButtons();
}

void CheckpointsCard::setRunning(bool running) { m_now->setVisible(running); }

void CheckpointsCard::setWords(const QString &words)
{
    m_words->setText(words);
    m_words->setVisible(!words.isEmpty());
}

QString CheckpointsCard::currentPath() const
{
    if (m_checkpoints.isEmpty())
        return {};
    const auto selected = m_table->selectionModel()->selectedRows();
    if (!selected.isEmpty() && selected.first().row() < m_checkpoints.size())
        return m_checkpoints[selected.first().row()].path;
    for (const project::Checkpoint &point : m_checkpoints)
        if (point.isBest)
            return point.path;
    return m_checkpoints.first().path;
}

void CheckpointsCard::updateButtons()
{
    for (QPushButton *button : {m_try, m_evaluate, m_fork, m_export})
        button->setEnabled(!m_checkpoints.isEmpty());
}

}  // namespace athanor::pages
