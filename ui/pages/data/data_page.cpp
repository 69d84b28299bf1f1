#include "ui/pages/data/data_page.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/data/document_delegate.h"
#include "ui/pages/common/page_parts.h"
#include "ui/shell/busy_cursor.h"
#include "ui/shell/session.h"

#include <QInputDialog>
#include <QMenu>

namespace athanor::pages {

DataPage::DataPage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_follower(new JobFollower(this)), m_jobPanel(new JobPanel(session, m_follower)),
      m_header(new style::PageHeader(tr("Data"))), m_add(m_header->addButton(tr("Add sources"))),
      m_recipe(m_header->addButton(tr("Edit recipe"), tr("What is repaired and what is removed"))), m_banner(new ErrorPanel),
      m_stack(new PageStack),
      m_empty(new style::EmptyState(QStringLiteral("data"), tr("Drop a folder of documents here."),
                                    tr("Text, Markdown, HTML, PDF, Word and JSON Lines are read, also inside .gz and .zst. Nothing leaves this computer."),
                                    tr("Choose a folder")))
{
    build();
    auto *menu = new QMenu(m_add);
    m_addFolder = menu->addAction(tr("Folder…"), this, &DataPage::askForFolder);
    m_addFiles = menu->addAction(tr("Files…"), this, &DataPage::askForFiles);
    m_addAddress = menu->addAction(tr("From an address…"), this, &DataPage::askForAddress);
    m_addAddress->setToolTip(tr("Downloads one document; it is kept in the project"));
    menu->addSeparator();
    m_examples = menu->addAction(tr("Prepare examples…"), this, &DataPage::prepareExamples);
    m_examples->setToolTip(tr("Questions with answers, conversations or labelled texts, to teach a model that exists"));
    m_export = menu->addAction(tr("Export as JSON Lines…"), this, &DataPage::askForExport);
    m_export->setToolTip(tr("The kept documents, one a line, with source, licence and part"));
    m_add->setMenu(menu);
    connect(m_header->setPrimary(tr("Choose a folder")), &QPushButton::clicked, this, &DataPage::onPrimary);
    connect(m_recipe, &QPushButton::clicked, this, &DataPage::editRecipe);
    connect(m_empty, &style::EmptyState::activated, this, &DataPage::askForFolder);
    connect(m_banner, &ErrorPanel::activated, this, [this] { prepare(); });
    connect(m_follower, &JobFollower::changed, this, &DataPage::updateHeader);
    connect(m_follower, &JobFollower::changed, this, &DataPage::updateReading);
    connect(m_follower, &JobFollower::settled, this, [this] { this->session().refreshNow(); refresh(); });
}

void DataPage::build()
{
    content()->addWidget(m_header);
    content()->addWidget(m_banner);
    content()->addWidget(m_jobPanel);
    content()->addWidget(m_stack, 1);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(makeBody());
}

QWidget *DataPage::makeBody()
{
    auto *holder = new QWidget;
    auto *column = new QVBoxLayout(holder);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    m_stripCard = new style::Card(tr("What happens to the documents"), tr("click a step to see its documents"));
    m_strip = new PipelineStrip;
    m_stripCard->body()->addWidget(m_strip);
    m_which = new QComboBox;
    m_which->setAccessibleName(tr("Dataset that is shown"));
    m_limits = style::makeButton(tr("Limits…"), "link");
    m_limits->setToolTip(tr("How what the filters measured is distributed, and what another limit would remove"));
    m_stripCard->addHeaderWidget(m_limits);
    m_stripCard->addHeaderWidget(m_which);
    column->addWidget(m_stripCard);
    auto *halves = new QHBoxLayout;
    halves->setSpacing(style::kGap);
    m_documents = new DocumentsCard;
    m_documents->setMinimumWidth(250);
    halves->addWidget(m_documents, 4);
    halves->addWidget(makeReadingCard(), 4);
    auto *right = new QVBoxLayout;
    right->setSpacing(style::kGap);
    m_documentCard = new DocumentCard(session());
    m_sources = new SourcesCard;
    right->addWidget(m_documentCard, 5);
    right->addWidget(m_sources, 2);
    halves->addLayout(right, 7);
    column->addLayout(halves, 1);
    connect(m_strip, &PipelineStrip::stageChosen, this, &DataPage::onStage);
    connect(m_documents, &DocumentsCard::currentChanged, this, &DataPage::showDocument);
    connect(m_documentCard, &DocumentCard::retryRequested, this, [this] { prepare(); });
    connect(m_documentCard, &DocumentCard::keepRequested, this, &DataPage::keepDocument);
    connect(m_documentCard, &DocumentCard::stepRequested, m_documents, &DocumentsCard::step);
    connect(m_which, &QComboBox::activated, this, &DataPage::refresh);
    connect(m_limits, &QPushButton::clicked, this, [this] { showLimits(); });
    connect(m_sources, &SourcesCard::removeRequested, this, &DataPage::removeSource);
    return holder;
}

QWidget *DataPage::makeReadingCard()
{
    m_readingCard = new style::Card(tr("Read so far"));
    m_reading = new ReadingList(this);
    m_readingView = new QListView;
    m_readingView->setModel(m_reading);
    m_readingView->setItemDelegate(new DocumentDelegate(m_readingView));
    m_readingView->setUniformItemSizes(true);
    m_readingView->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_readingView->setAccessibleName(tr("Documents read so far"));
    m_readingView->setMinimumHeight(180);
    m_readingCard->body()->addWidget(m_readingView, 1);
    m_readingCard->setMinimumWidth(250);
    m_readingCard->hide();
    return m_readingCard;
}

/// While a curation runs, the list fills with what has been read; unreadable files name their reason at once.
void DataPage::updateReading()
{
    const bool reading = m_follower->isRunning();
    m_readingCard->setVisible(reading);
    m_documents->setVisible(!reading && m_dataset.has_value());
    if (!reading)
        return;
    m_reading->follow(m_follower->folder()->path());
    const QScrollBar *bar = m_readingView->verticalScrollBar();
    const bool atEnd = bar->value() >= bar->maximum() - 4;
    m_reading->poll();
    if (atEnd)
        m_readingView->scrollToBottom();
    m_readingCard->setNote(m_reading->unreadableCount() > 0 ? tr("%1 unreadable").arg(m_reading->unreadableCount()) : QString());
}

QString DataPage::datasetName() const
{
    return m_dataset ? m_dataset->name : QStringLiteral("documents");
}

void DataPage::refresh()
{
    if (!session().hasProject())
        return;
    const shell::JobView *newest = session().jobs().newestOf(QStringLiteral("curate"));
    m_follower->follow(session().projectPath(), newest ? newest->spec.id : QString());
    const auto sources = session().project().sources();
    m_sourceCount = sources ? int(sources->size()) : 0;
    if (sources)
        m_sources->setSources(*sources);
    chooseDataset();
    m_stack->setCurrentIndex(m_sourceCount > 0 || m_dataset ? 1 : 0);
    m_stripCard->setVisible(m_dataset.has_value());
    m_documentCard->setVisible(m_dataset.has_value());
    if (m_dataset)
        showDataset(*m_dataset);
    else
        m_documents->clear();
    updateReading();
    offerCommand(workbench::curateCommand(datasetName()));
    updateBanner();
    updateHeader();
}

/// The one that the person chose; a new one comes to the front when it is there.
void DataPage::chooseDataset()
{
    const QStringList names = datasetNames(session().project());
    const bool isNew = !m_preparing.isEmpty() && names.contains(m_preparing) && !m_follower->isRunning();
    fillChoices(m_which, names);
    if (isNew)
        choose(m_which, std::exchange(m_preparing, {}));
    m_which->setVisible(names.size() > 1);
    const auto dataset = session().project().dataset(chosen(m_which));
    m_dataset = dataset && !names.isEmpty() ? std::optional(*dataset) : currentDataset(session().project());
}

bool DataPage::isOfRecords() const
{
    return m_dataset && m_dataset->facts.value(QLatin1String("content")).toString() == QLatin1String("records");
}

void DataPage::showDataset(const project::Dataset &dataset)
{
    m_stripCard->setTitle(isOfRecords() ? tr("What happens to the examples") : tr("What happens to the documents"));
    m_documents->setTitle(isOfRecords() ? tr("Examples") : tr("Documents"));
    m_strip->setStages(stageFigures(dataset.facts));
    m_limits->setVisible(!corpus::signalLimits(dataset.recipe, session().plugins()).empty());
    m_documents->setDataset(&session().project(), dataset);
}

void DataPage::updateBanner()
{
    const project::StageStatus &status = session().stage(project::Stage::Data);
    if (!m_follower->isRunning() && m_dataset && status.state == project::StageState::OutOfDate)
        m_banner->present(status.text, status.hint, style::Tone::Attention, tr("Prepare again"));
    else
        m_banner->dismiss();
}

void DataPage::updateHeader()
{
    const bool busy = m_follower->isRunning();
    const bool writable = session().hasProject() && !session().isReadOnly();
    m_add->setEnabled(writable || m_dataset);
    m_addFolder->setEnabled(writable);
    m_addFiles->setEnabled(writable);
    m_addAddress->setEnabled(writable);
    m_export->setEnabled(m_dataset.has_value());
    m_examples->setEnabled(writable && !busy && m_sourceCount > 0);
    m_recipe->setVisible(m_sourceCount > 0);
    m_recipe->setEnabled(writable && !busy);
    QString primary = tr("Choose a folder");
    if (m_dataset)
        primary = isOfRecords() ? tr("Next: training") : tr("Next: tokenizer");
    else if (m_sourceCount > 0)
        primary = busy ? tr("Preparing…") : tr("Prepare documents");
    m_header->primary()->setVisible(m_dataset || m_sourceCount > 0);
    m_header->setPrimary(primary)->setEnabled(m_dataset || (writable && !busy));
    if (busy && !m_dataset) {
        m_header->setSubtitle(progressWords(m_follower->summary()));
        return;
    }
    if (!m_dataset) {
        m_header->setSubtitle(m_sourceCount > 0 ? (m_sourceCount == 1 ? tr("1 source, not prepared yet") : tr("%1 sources, not prepared yet").arg(m_sourceCount)) : tr("The documents that the model learns from"));
        return;
    }
    const QJsonObject splits = m_dataset->facts.value(QLatin1String("splits")).toObject();
    double bytes = 0;
    for (const QJsonValue &split : splits)
        bytes += split.toObject().value(QLatin1String("bytes")).toDouble();
    const QString form = isOfRecords() ? tr("%1 examples read, %2 unreadable · %3 of text · kept %4, removed %5, each with its reason")
                                       : tr("%1 documents read, %2 unreadable · %3 of text · kept %4, removed %5, each with its reason");
    m_header->setSubtitle(form.arg(formatInteger(m_dataset->documents), formatInteger(m_dataset->unreadable), formatBytes(qint64(bytes)),
                                   formatInteger(m_dataset->kept), formatInteger(m_dataset->removed)));
}

void DataPage::showDocument()
{
    m_documentCard->show(m_dataset, m_documents->current());
}

void DataPage::onStage(const QString &stage)
{
    if (stage == QLatin1String("split"))
        return m_documents->showOnly(QStringLiteral("kept"));
    if (stage == QLatin1String("reading"))
        return m_documents->showOnly(m_dataset && m_dataset->unreadable > 0 ? QStringLiteral("unreadable") : QStringLiteral("all"));
    for (const QString &chip : m_documents->chips()->ids())
        if (chip.startsWith(QStringLiteral("reason:") + stage))
            return m_documents->showOnly(chip);
    m_documents->showOnly(QStringLiteral("kept"));
}

void DataPage::open(const QJsonObject &argument)
{
    refresh();
    if (argument.contains(QLatin1String("dataset")) && choose(m_which, argument.value(QLatin1String("dataset")).toString()))
        refresh();
    if (argument.value(QLatin1String("recipe")).toString() == QLatin1String("records"))
        return m_sourceCount > 0 ? prepareExamples() : askForFiles();
    if (argument.contains(QLatin1String("chip")))
        m_documents->showOnly(argument.value(QLatin1String("chip")).toString());
    if (argument.contains(QLatin1String("document")))
        m_documents->select(argument.value(QLatin1String("document")).toString());
}

void DataPage::onPrimary()
{
    if (m_dataset && isOfRecords())
        session().goTo(project::Stage::Training, {{QStringLiteral("dataset"), m_dataset->name}});
    else if (m_dataset)
        session().goTo(project::Stage::Tokenizer);
    else if (m_sourceCount > 0)
        prepare();
    else
        askForFolder();
}

void DataPage::prepare(const QJsonObject &recipe)
{
    const bool records = recipe.isEmpty() ? isOfRecords() : recipe.value(QLatin1String("content")).toString() == QLatin1String("records");
    const QString name = nameFor(records);
    const auto job = session().workbench().curate(name, recipe);
    if (!session().tell(job))
        return;
    m_preparing = name;
    m_follower->followStarted(session().projectPath(), job->spec().id);
    session().jobs().pollNow();
    session().refreshNow();
    refresh();
}

/// Documents and examples are datasets of their own: one never replaces the other.
QString DataPage::nameFor(bool records) const
{
    if (!m_dataset)
        return records ? QStringLiteral("examples") : datasetName();
    if (isOfRecords() == records)
        return m_dataset->name;
    for (const project::Dataset &dataset : session().project().datasets().value_or(QList<project::Dataset>()))
        if ((dataset.facts.value(QLatin1String("content")).toString() == QLatin1String("records")) == records)
            return dataset.name;
    return freeName(records ? QStringLiteral("examples") : QStringLiteral("documents"), datasetNames(session().project()));
}

void DataPage::keepDocument(const QString &id, bool keep)
{
    if (!m_dataset || !session().tell(session().workbench().keepDocuments(m_dataset->name, {id}, keep)))
        return;
    session().showToast(keep ? tr("It is kept when the documents are prepared again.") : tr("The rules decide about it when the documents are prepared again."),
                        tr("Prepare now"), [this] { prepare(); });
    session().refreshNow();
    refresh();
    showDocument();
}

void DataPage::editRecipe()
{
    openRecipe(datasetName(), isOfRecords());
}

LimitsDialog *DataPage::showLimits(const QString &filter)
{
    if (!m_dataset)
        return nullptr;
    auto *dialog = new LimitsDialog(session(), *m_dataset, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (!filter.isEmpty())
        dialog->view()->showFilter(filter);
    connect(dialog, &LimitsDialog::documentRequested, m_documents, &DocumentsCard::select);
    connect(dialog, &LimitsDialog::used, this, [this] {
        this->session().showToast(tr("The recipe has the new limit."), tr("Prepare now"), [this] { prepare(); });
        refresh();
    });
    dialog->show();
    return dialog;
}

void DataPage::prepareExamples()
{
    openRecipe(nameFor(true), true);
}

void DataPage::openRecipe(const QString &dataset, bool records)
{
    const auto recipe = session().workbench().recipeOf(dataset);
    if (!session().tell(recipe))
        return;
    auto *dialog = new RecipeDialog(session().plugins(), *recipe, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    if (dialog->editor()->isOfRecords() != records)
        dialog->setContent(records);
    connect(dialog, &QDialog::accepted, this, [this, dialog] { prepare(dialog->editor()->recipe()); });
    dialog->open();
}

bool DataPage::takeDrop(const QStringList &paths)
{
    addPaths(paths);
    return true;
}

void DataPage::addPaths(const QStringList &paths)
{
    if (paths.isEmpty() || session().isReadOnly())
        return;
    auto *dialog = new LicenceDialog(paths, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, paths] { addWithLicence(paths, dialog->licence()); });
    dialog->open();
}

void DataPage::addWithLicence(const QStringList &paths, const QString &licence)
{
    bool added = false;
    for (const QString &path : paths)
        added = session().tell(session().workbench().addSource(path, licence)) || added;
    if (added)
        prepare();
}

void DataPage::askForFiles()
{
    auto *dialog = new QFileDialog(this, tr("Add files"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFiles);
    connect(dialog, &QFileDialog::filesSelected, this, &DataPage::addPaths);
    dialog->open();
}

void DataPage::askForFolder()
{
    auto *dialog = new QFileDialog(this, tr("Add a folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly, true);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &folder) { addPaths({folder}); });
    dialog->open();
}

void DataPage::askForAddress()
{
    auto *dialog = new QInputDialog(this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setWindowTitle(tr("Add a document from an address"));
    dialog->setLabelText(tr("Address of the document (https://…)"));
    dialog->resize(520, dialog->height());
    connect(dialog, &QInputDialog::textValueSelected, this, &DataPage::addAddress);
    dialog->open();
}

void DataPage::addAddress(const QString &address)
{
    auto *dialog = new LicenceDialog({address.trimmed()}, this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, address] {
        if (!session().tell(session().workbench().fetchSource(address.trimmed(), dialog->licence())))
            return;
        session().jobs().pollNow();
        session().showToast(tr("It stands among the sources as soon as it is here."));
    });
    dialog->open();
}

void DataPage::askForExport()
{
    askForNewFile(this, tr("Export the documents"), QStringLiteral("%1/%2.jsonl").arg(QFileInfo(session().projectPath()).path(), datasetName()), tr("JSON Lines (*.jsonl)"),
                  [this](const QString &file) { session().tell(exportTo(file)); });
}

Status DataPage::exportTo(const QString &file)
{
    const QString name = datasetName();
    const Result<qint64> count = [&] { const shell::BusyCursor busy; return session().workbench().exportDataset(name, file); }();
    if (!count)
        return fail(count.error());
    offerCommand(workbench::exportCommand(name, file));
    session().showToast(tr("Wrote %1 documents to %2.").arg(formatInteger(*count), file));
    return {};
}

void DataPage::removeSource(const QString &id)
{
    if (!session().tell(session().project().removeSource(id)))
        return;
    session().refreshNow();
    refresh();
}

}  // namespace athanor::pages
