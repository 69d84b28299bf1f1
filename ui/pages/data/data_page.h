// Data: what happens to the documents, each document before and after, and why some were removed. Role: sources in,
// recipe, curation as a job, the dataset out. Thread: the window's.
#pragma once

#include "ui/pages/common/job_panel.h"
#include "ui/pages/data/document_card.h"
#include "ui/pages/data/documents_card.h"
#include "ui/pages/data/limits_dialog.h"
#include "ui/pages/data/pipeline_strip.h"
#include "ui/pages/data/reading_list.h"
#include "ui/pages/data/recipe_editor.h"
#include "ui/pages/data/sources_card.h"
#include "ui/shell/page.h"

namespace athanor::pages {

class ATHANOR_EXPORT DataPage : public shell::ScrollPage {
    Q_OBJECT
public:
    explicit DataPage(shell::Session &session, QWidget *parent = nullptr);

    void refresh() override;
    /// {"document": id} shows it; {"chip": "removed"} shows only those; {"dataset": name} shows that one; {"recipe":
    /// "records"} asks how examples are to be read.
    void open(const QJsonObject &argument) override;
    bool takeDrop(const QStringList &paths) override;

    /// Asks for the licence, adds, and starts preparing.
    void addPaths(const QStringList &paths);
    void keepDocument(const QString &id, bool keep);
    void editRecipe();
    /// The distributions of what the filters measured; of this filter first.
    LimitsDialog *showLimits(const QString &filter = {});
    /// The recipe of a dataset of examples, new or there already.
    void prepareExamples();
    void prepare(const QJsonObject &recipe = {});
    /// Writes the kept documents of the dataset as JSON Lines.
    Status exportTo(const QString &file);
    DocumentsCard *documents() const { return m_documents; }
    DiffView *diff() const { return m_documentCard->diff(); }
    DocumentCard *documentCard() const { return m_documentCard; }
    QComboBox *datasetBox() const { return m_which; }
    ReadingList *reading() const { return m_reading; }
    QPushButton *limitsButton() const { return m_limits; }
    JobFollower *follower() const { return m_follower; }
    style::PageHeader *header() const { return m_header; }

private:
    void build();
    QWidget *makeBody();
    QWidget *makeReadingCard();
    void updateReading();
    void askForFiles();
    void askForFolder();
    void askForAddress();
    void addAddress(const QString &address);
    void askForExport();
    void addWithLicence(const QStringList &paths, const QString &licence);
    void chooseDataset();
    void showDataset(const project::Dataset &dataset);
    void openRecipe(const QString &dataset, bool records);
    QString nameFor(bool records) const;
    bool isOfRecords() const;
    void showDocument();
    void onStage(const QString &stage);
    void onPrimary();
    void updateHeader();
    void updateBanner();
    void removeSource(const QString &id);
    QString datasetName() const;

    JobFollower *m_follower;
    JobPanel *m_jobPanel;
    style::PageHeader *m_header;
    QPushButton *m_add, *m_recipe;
    QAction *m_addFolder, *m_addFiles, *m_addAddress, *m_examples, *m_export;
    ErrorPanel *m_banner;
    PageStack *m_stack;
    style::EmptyState *m_empty;
    style::Card *m_stripCard;
    PipelineStrip *m_strip;
    DocumentsCard *m_documents;
    QComboBox *m_which;
    QPushButton *m_limits;
    DocumentCard *m_documentCard;
    style::Card *m_readingCard;
    ReadingList *m_reading;
    QListView *m_readingView;
    SourcesCard *m_sources;
    std::optional<project::Dataset> m_dataset;
    QString m_preparing;   // the dataset that the newest job makes
    int m_sourceCount = 0;
};

}  // namespace athanor::pages
