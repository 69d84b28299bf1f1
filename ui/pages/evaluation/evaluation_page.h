// Evaluation: how well a checkpoint predicts held-out text, beside what gzip and xz need for the same bytes and where
// training began; earlier results; and what made each number. Thread: the window's.
#pragma once

#include "ui/pages/common/job_panel.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/page.h"

#include <QRadioButton>

namespace athanor::pages {

class ATHANOR_EXPORT EvaluationPage : public shell::ScrollPage {
    Q_OBJECT
public:
    explicit EvaluationPage(shell::Session &session, QWidget *parent = nullptr);

    void refresh() override;
    /// {"checkpoint": path} chooses it.
    void open(const QJsonObject &argument) override;
    bool takeDrop(const QStringList &paths) override;
    void evaluate();
    QString target() const;  // a dataset's name or a file
    void chooseFile(const QString &file);
    QTableWidget *history() const { return m_history; }
    QTableWidget *comparison() const { return m_comparison; }
    JobFollower *follower() const { return m_follower; }

private:
    QWidget *makeChoiceCard();
    QWidget *makeResult();
    void askForFile();
    void showEvaluation(const project::Evaluation &evaluation);
    void fillComparison(const project::Evaluation &evaluation);
    void fillHistory();
    void fillLineage(const QString &evaluationId);
    double startOf(const QString &runId) const;
    QString wordsFor(const project::Evaluation &evaluation) const;
    void updateHeader();

    JobFollower *m_follower;
    JobPanel *m_jobPanel;
    style::PageHeader *m_header;
    PageStack *m_stack;
    style::EmptyState *m_empty;
    QComboBox *m_checkpoint, *m_dataset;
    QRadioButton *m_onDataset, *m_onFile;
    QLineEdit *m_file;
    QPushButton *m_browse;
    style::ValueCard *m_bits, *m_character, *m_perplexity, *m_size;
    QWidget *m_result;
    QTableWidget *m_comparison, *m_history, *m_lineage;
    QLabel *m_verdict;
    QList<project::Evaluation> m_evaluations;
    QString m_shown;
};

}  // namespace athanor::pages
