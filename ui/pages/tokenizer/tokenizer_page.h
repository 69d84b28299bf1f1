// The tokenizer: trained or imported, its facts, its vocabulary, and what it makes of typed text. Thread: the window's.
#pragma once

#include "ui/pages/common/job_panel.h"
#include "ui/pages/tokenizer/token_editor.h"
#include "ui/pages/tokenizer/train_tokenizer_card.h"
#include "ui/pages/tokenizer/vocabulary_model.h"
#include "ui/shell/page.h"

class QTableView;
class QTableWidget;

namespace athanor::pages {

class ATHANOR_EXPORT TokenizerPage : public shell::ScrollPage {
    Q_OBJECT
public:
    explicit TokenizerPage(shell::Session &session, QWidget *parent = nullptr);

    void refresh() override;
    bool takeDrop(const QStringList &paths) override;
    /// Shows the form for a new tokenizer.
    void showTraining();
    Status importFile(const QString &file);
    TokenEditor *editor() const { return m_editor; }
    TrainTokenizerCard *trainCard() const { return m_train; }

private:
    void build();
    QWidget *makeView();
    QWidget *makeTryCard();
    QWidget *makeCoverageCard();
    QWidget *makeVocabularyCard();
    void onPrimary();
    void askForFile();
    void start();
    void showTokenizer(const QString &name);
    void fillFacts(const project::Tokenizer &tokenizer);
    void fillLanguages(const QJsonArray &languages);
    void updateHeader();
    void updateCounts();

    JobFollower *m_follower;
    JobPanel *m_jobPanel;
    style::PageHeader *m_header;
    ErrorPanel *m_error;
    QPushButton *m_importButton;
    QPushButton *m_anotherButton;
    PageStack *m_stack;
    style::EmptyState *m_empty;
    TrainTokenizerCard *m_train;
    QComboBox *m_which;
    style::ValueCard *m_bytesPerToken, *m_vocabulary, *m_lossless, *m_method;
    TokenEditor *m_editor;
    QLabel *m_counts, *m_underCursor;
    QTableWidget *m_languages;
    style::Card *m_languagesCard;
    VocabularyModel *m_vocabularyModel;
    QString m_shown;  // sha256 of the tokenizer that is shown
    QString m_shownName;
    QString m_shownCommand;  // that made it
    bool m_wantsTraining = false;
};

}  // namespace athanor::pages
