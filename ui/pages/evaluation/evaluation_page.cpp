#include "ui/pages/evaluation/evaluation_page.h"

#include "core/base/format.h"
#include "core/job/metrics.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/checkpoint_choice.h"
#include "ui/shell/session.h"

namespace athanor::pages {

EvaluationPage::EvaluationPage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_follower(new JobFollower(this)), m_jobPanel(new JobPanel(session, m_follower)),
      m_header(new style::PageHeader(tr("Evaluation"))), m_stack(new PageStack),
      m_empty(new style::EmptyState(QStringLiteral("evaluation"), tr("There is no checkpoint to measure yet."),
                                    tr("Train a model first. The first checkpoint comes about a minute after the start."), tr("Go to Training")))
{
    m_jobPanel->setPausable(false);
    content()->addWidget(m_header);
    content()->addWidget(m_jobPanel);
    content()->addWidget(m_stack, 1);
    m_stack->addWidget(m_empty);
    auto *body = new QWidget;
    auto *column = new QVBoxLayout(body);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    column->addWidget(makeChoiceCard());
    column->addWidget(makeResult());
    auto *historyCard = new style::Card(tr("Earlier results"), tr("newest first"));
    m_history = makeTable({tr("When"), tr("Checkpoint"), tr("Measured on"), tr("Bits per byte"), tr("Perplexity"), tr("gzip -9"), tr("xz -9e")}, tr("Earlier results"));
    m_history->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_history->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    m_history->setMinimumHeight(140);
    historyCard->body()->addWidget(m_history);
    column->addWidget(historyCard, 1);
    m_stack->addWidget(body);
    connect(m_header->setPrimary(tr("Evaluate")), &QPushButton::clicked, this, [this] {
        m_stack->currentIndex() == 0 ? this->session().goTo(project::Stage::Training) : evaluate();
    });
    connect(m_empty, &style::EmptyState::activated, this, [this] { this->session().goTo(project::Stage::Training); });
    connect(m_follower, &JobFollower::changed, this, &EvaluationPage::updateHeader);
    connect(m_follower, &JobFollower::settled, this, [this] { m_shown.clear(); this->session().refreshNow(); refresh(); });
    connect(m_history, &QTableWidget::itemSelectionChanged, this, [this] {
        const auto rows = m_history->selectionModel()->selectedRows();
        if (!rows.isEmpty() && rows.first().row() < m_evaluations.size())
            showEvaluation(m_evaluations[rows.first().row()]);
    });
}

QWidget *EvaluationPage::makeChoiceCard()
{
    auto *card = new style::Card(tr("What to measure"), tr("how well it predicts text it has never seen"));
    m_checkpoint = new QComboBox;
    style::letShrink(m_checkpoint);
    m_dataset = new QComboBox;
    m_onDataset = new QRadioButton(tr("The held-out documents of"));
    m_onFile = new QRadioButton(tr("A file"));
    m_onDataset->setChecked(true);
    m_file = new QLineEdit;
    m_file->setPlaceholderText(tr("Path of a text file, or drop one here"));
    m_file->setAccessibleName(tr("File to measure on"));
    m_dataset->setAccessibleName(tr("Dataset to measure on"));
    m_browse = style::makeButton(tr("Browse…"));
    auto *grid = new QGridLayout;
    grid->setHorizontalSpacing(style::kGap);
    grid->addWidget(labelled(tr("Checkpoint"), m_checkpoint), 0, 0, 1, 3);
    grid->addWidget(m_onDataset, 1, 0);
    grid->addWidget(m_dataset, 1, 1, 1, 2);
    grid->addWidget(m_onFile, 2, 0);
    grid->addWidget(m_file, 2, 1);
    grid->addWidget(m_browse, 2, 2);
    grid->setColumnStretch(1, 1);
    card->body()->addLayout(grid);
    connect(m_browse, &QPushButton::clicked, this, &EvaluationPage::askForFile);
    connect(m_file, &QLineEdit::textEdited, this, [this] { m_onFile->setChecked(true); updateHeader(); });
    connect(m_checkpoint, &QComboBox::currentIndexChanged, this, &EvaluationPage::updateHeader);
    connect(m_dataset, &QComboBox::currentIndexChanged, this, &EvaluationPage::updateHeader);
    connect(m_onFile, &QRadioButton::toggled, this, &EvaluationPage::updateHeader);
    return card;
}

QWidget *EvaluationPage::makeResult()
{
    m_result = new QWidget;
    auto *column = new QVBoxLayout(m_result);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    m_bits = new style::ValueCard(tr("Bits per byte"));
    m_bits->setTerm(tr("Negative log2 likelihood of the raw bytes; less is better"));
    m_character = new style::ValueCard(tr("Bits per character"));
    m_perplexity = new style::ValueCard(tr("Perplexity"));
    m_perplexity->setTerm(tr("Among how many tokens the model hesitates on average; depends on the tokenizer"));
    m_size = new style::ValueCard(tr("Measured on"));
    auto *cards = new CardRows(800);
    for (style::ValueCard *card : {m_bits, m_character, m_perplexity, m_size})
        cards->add(card);
    column->addWidget(cards);
    auto *pair = new SideBySide(900);
    auto *beside = new style::Card(tr("Beside the yardsticks"), tr("bits for each byte of the same text"));
    m_comparison = makeTable({tr("What"), tr("Bits per byte"), tr("The text would take")}, tr("Bits per byte beside gzip, xz and the start"));
    m_comparison->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_comparison->horizontalHeader()->setSectionResizeMode(0, QHeaderView::Stretch);
    m_comparison->setMinimumHeight(170);
    m_verdict = style::makeWrappedLabel({}, "note");
    beside->body()->addWidget(m_comparison, 1);
    beside->body()->addWidget(m_verdict);
    auto *made = new style::Card(tr("What made this number"), tr("from near to far"));
    m_lineage = makeTable({tr("What"), tr("Which"), tr("Content hash")}, tr("Everything that this result stands on"));
    m_lineage->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    m_lineage->horizontalHeader()->setSectionResizeMode(1, QHeaderView::Stretch);
    m_lineage->setMinimumHeight(170);
    made->body()->addWidget(m_lineage, 1);
    pair->add(beside, 1);
    pair->add(made, 1);
    column->addWidget(pair);
    return m_result;
}

void EvaluationPage::refresh()
{
    if (!session().hasProject())
        return;
    const shell::JobView *newest = session().jobs().newestOf(QStringLiteral("evaluate"));
    m_follower->follow(session().projectPath(), newest ? newest->spec.id : QString());
    const int count = fillCheckpoints(m_checkpoint, session().project(), Which::ThatContinueText);
    fillChoices(m_dataset, textDatasetNames(session().project()));
    fillHistory();
    m_stack->setCurrentIndex(count > 0 || !m_evaluations.isEmpty() ? 1 : 0);
    m_result->setVisible(!m_evaluations.isEmpty());
    if (!m_evaluations.isEmpty() && m_shown.isEmpty())
        showEvaluation(m_evaluations.first());
    updateHeader();
}

void EvaluationPage::open(const QJsonObject &argument)
{
    refresh();
    choose(m_checkpoint, argument.value(QLatin1String("checkpoint")).toString());
    updateHeader();
}

bool EvaluationPage::takeDrop(const QStringList &paths)
{
    if (paths.size() != 1 || !QFileInfo(paths.first()).isFile())
        return false;
    chooseFile(paths.first());
    return true;
}

void EvaluationPage::chooseFile(const QString &file)
{
    m_file->setText(file);
    m_onFile->setChecked(true);
    updateHeader();
}

void EvaluationPage::askForFile()
{
    auto *dialog = new QFileDialog(this, tr("Measure on a file"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, &EvaluationPage::chooseFile);
    dialog->open();
}

QString EvaluationPage::target() const
{
    return m_onFile->isChecked() ? m_file->text().trimmed() : chosen(m_dataset);
}

void EvaluationPage::evaluate()
{
    const auto job = session().workbench().evaluate(chosen(m_checkpoint), target());
    if (!session().tell(job))
        return;
    m_follower->followStarted(session().projectPath(), job->spec().id);
    session().jobs().pollNow();
    updateHeader();
}

void EvaluationPage::updateHeader()
{
    if (m_stack->currentIndex() == 0) {
        m_header->primary()->setVisible(false);
        m_header->setSubtitle(tr("Measures a model on text that it has never seen"));
        return;
    }
    m_header->primary()->setVisible(true);
    const bool hasTarget = !target().isEmpty();
    offerCommand(workbench::evaluateCommand(chosen(m_checkpoint), target()));
    m_header->setPrimary(tr("Evaluate"))->setEnabled(hasTarget && m_checkpoint->count() > 0 && !m_follower->isRunning() && !session().isReadOnly());
    if (m_follower->isRunning())
        m_header->setSubtitle(progressWords(m_follower->summary()));
    else if (m_evaluations.isEmpty())
        m_header->setSubtitle(tr("Nothing measured yet"));
    else if (const project::Evaluation &newest = m_evaluations.first(); newest.isLimited())
        m_header->setSubtitle(tr("Newest: %1 bits per byte on a part (%2)").arg(figure(newest.bitsPerByte), wordsFor(newest)));
    else
        m_header->setSubtitle((m_evaluations.size() == 1 ? tr("1 result · %2 bits per byte") : tr("%1 results · newest: %2 bits per byte").arg(m_evaluations.size())).arg(figure(newest.bitsPerByte)));
}

QString EvaluationPage::wordsFor(const project::Evaluation &evaluation) const
{
    QString words = QFileInfo(evaluation.file).fileName();
    if (!evaluation.corpusSha256.isEmpty()) {
        const auto dataset = session().project().datasetOfCorpus(evaluation.corpusSha256);
        words = dataset ? tr("%1 v%2, held-out").arg(dataset->name).arg(dataset->version) : tr("a dataset that is gone");
    }
    if (const qint64 documents = evaluation.facts.value(QLatin1String("limitDocuments")).toInteger(); documents > 0)
        words = tr("%1: the first %2 documents").arg(words, formatInteger(documents));
    else if (const qint64 bytes = evaluation.facts.value(QLatin1String("limitBytes")).toInteger(); bytes > 0)
        words = tr("%1: the first %2").arg(words, formatBytes(bytes));
    return words;
}

void EvaluationPage::fillHistory()
{
    const auto all = session().project().evaluations();
    m_evaluations = all ? *all : QList<project::Evaluation>();
    const QSignalBlocker quiet(m_history);
    m_history->setRowCount(int(m_evaluations.size()));
    for (int row = 0; row < m_evaluations.size(); ++row) {
        const project::Evaluation &e = m_evaluations[row];
        QString which = e.checkpoint.section(QLatin1Char('/'), -1);
        if (const auto run = session().project().run(e.runId))
            which = QStringLiteral("%1 · %2").arg(run->model, which);
        const QStringList texts{e.created.toLocalTime().toString(QStringLiteral("d MMM HH:mm")), which, wordsFor(e), figure(e.bitsPerByte),
                                std::isfinite(e.perplexity) ? formatReal(e.perplexity, 4) : QStringLiteral("–"),
                                figure(numberIn(e.facts, "gzipBitsPerByte")), figure(numberIn(e.facts, "xzBitsPerByte"))};
        for (int column = 0; column < texts.size(); ++column) {
            auto *item = new QTableWidgetItem(texts[column]);
            item->setToolTip(texts[column]);
            m_history->setItem(row, column, item);
        }
    }
}

/// Validation bits per byte before the first step of the run that made the checkpoint.
double EvaluationPage::startOf(const QString &runId) const
{
    if (const auto run = session().project().run(runId))
        if (const double start = numberIn(run->facts, "startBitsPerByte"); std::isfinite(start))
            return start;
    auto metrics = job::MetricsReader::open(QStringLiteral("%1/jobs/%2/metrics.bin").arg(session().projectPath(), runId));
    if (!metrics)
        return project::kUnknown;
    metrics->poll();
    const job::Series &bits = metrics->series(QStringLiteral("validation/bits_per_byte"));
    return bits.values.empty() ? project::kUnknown : bits.values.front();
}

void EvaluationPage::showEvaluation(const project::Evaluation &e)
{
    m_shown = e.id;
    const double gzip = numberIn(e.facts, "gzipBitsPerByte"), xz = numberIn(e.facts, "xzBitsPerByte");
    const style::Tone tone = std::isfinite(gzip) && e.bitsPerByte < gzip ? style::Tone::Good : style::Tone::Neutral;
    m_bits->setValue(figure(e.bitsPerByte), tr("gzip %1 · xz %2").arg(figure(gzip), figure(xz)), tone);
    m_character->setValue(figure(numberIn(e.facts, "bitsPerCharacter")), tr("%1 characters").arg(formatCount(numberIn(e.facts, "characters"))));
    m_perplexity->setValue(std::isfinite(e.perplexity) ? formatReal(e.perplexity, 4) : QStringLiteral("–"), tr("per token · loss %1").arg(figure(e.loss)));
    m_size->setValue(formatBytes(qint64(e.facts.value(QLatin1String("bytes")).toDouble())),
                     tr("%1 documents · %2 tokens").arg(formatInteger(e.facts.value(QLatin1String("documents")).toInteger()), formatCount(e.facts.value(QLatin1String("tokens")).toDouble())));
    fillComparison(e);
    fillLineage(e.id);
}

void EvaluationPage::fillComparison(const project::Evaluation &e)
{
    const double bytes = e.facts.value(QLatin1String("bytes")).toDouble();
    const double gzip = numberIn(e.facts, "gzipBitsPerByte"), xz = numberIn(e.facts, "xzBitsPerByte"), start = startOf(e.runId);
    struct Line {
        QString name;
        double bits;
    };
    QList<Line> lines{{tr("This model"), e.bitsPerByte}, {QStringLiteral("xz -9e"), xz}, {QStringLiteral("gzip -9"), gzip}, {tr("The model before training"), start}};
    lines.removeIf([](const Line &line) { return !std::isfinite(line.bits); });
    std::stable_sort(lines.begin(), lines.end(), [](const Line &a, const Line &b) { return a.bits < b.bits; });
    m_comparison->setRowCount(int(lines.size()));
    for (int row = 0; row < lines.size(); ++row) {
        const QStringList texts{lines[row].name, figure(lines[row].bits), formatBytes(qint64(lines[row].bits * bytes / 8))};
        for (int column = 0; column < texts.size(); ++column) {
            auto *item = new QTableWidgetItem(texts[column]);
            if (lines[row].name == tr("This model")) {
                QFont font = item->font();
                font.setWeight(QFont::DemiBold);
                item->setFont(font);
            }
            m_comparison->setItem(row, column, item);
        }
    }
    if (std::isfinite(xz) && e.bitsPerByte < xz)
        m_verdict->setText(tr("Better than xz -9e: the model has learnt the language of these documents, not only repetitions."));
    else if (std::isfinite(gzip) && e.bitsPerByte < gzip)
        m_verdict->setText(tr("Better than gzip -9, not yet as good as xz -9e. More training or more documents will bring it further."));
    else if (std::isfinite(gzip))
        m_verdict->setText(tr("Not yet as good as gzip -9: it needs more training."));
    else
        m_verdict->setText({});
}

void EvaluationPage::fillLineage(const QString &evaluationId)
{
    const auto nodes = session().project().whatMade(evaluationId);
    m_lineage->setRowCount(nodes ? int(nodes->size()) : 0);
    for (int row = 0; row < m_lineage->rowCount(); ++row) {
        const project::LineageNode &node = (*nodes)[row];
        const QStringList texts{node.kind, node.title, node.hash.left(16)};
        for (int column = 0; column < texts.size(); ++column) {
            auto *item = new QTableWidgetItem(texts[column]);
            item->setToolTip(column == 2 ? node.hash : texts[column]);
            m_lineage->setItem(row, column, item);
        }
    }
}

}  // namespace athanor::pages
