#include "ui/pages/tokenizer/tokenizer_page.h"

#include "core/base/format.h"
#include "core/tokenizer/tokenizer_files.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

constexpr char kExample[] = "The tokenizer cuts text into pieces. Type here: naïve façades, 3.14159, \tindentation, 日本語.";

}  // namespace

TokenizerPage::TokenizerPage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_follower(new JobFollower(this)), m_jobPanel(new JobPanel(session, m_follower)),
      m_header(new style::PageHeader(tr("Tokenizer"))), m_error(new ErrorPanel),
      m_importButton(m_header->addButton(tr("Import…"), tr("Use a tokenizer.json or a SentencePiece .model file; a folder with one of them can be dropped here"))),
      m_anotherButton(m_header->addButton(tr("Train another"))), m_stack(new PageStack),
      m_empty(new style::EmptyState(QStringLiteral("tokenizer"), tr("There are no documents to learn from yet."),
                                    tr("A tokenizer is made from your documents. Add them first, or import a tokenizer."), tr("Go to Data"))),
      m_train(new TrainTokenizerCard(session))
{
    m_jobPanel->setPausable(false);
    build();
    connect(m_header->setPrimary(tr("Train tokenizer")), &QPushButton::clicked, this, &TokenizerPage::onPrimary);
    connect(m_importButton, &QPushButton::clicked, this, &TokenizerPage::askForFile);
    connect(m_anotherButton, &QPushButton::clicked, this, [this] { m_wantsTraining ? (m_wantsTraining = false, refresh()) : showTraining(); });
    connect(m_empty, &style::EmptyState::activated, this, [this] { this->session().goTo(project::Stage::Data); });
    connect(m_train, &TrainTokenizerCard::changed, this, &TokenizerPage::updateHeader);
    connect(m_follower, &JobFollower::changed, this, &TokenizerPage::updateHeader);
    connect(m_follower, &JobFollower::settled, this, [this] { this->session().refreshNow(); refresh(); });
}

void TokenizerPage::build()
{
    content()->addWidget(m_header);
    content()->addWidget(m_error);
    content()->addWidget(m_jobPanel);
    content()->addWidget(m_stack, 1);
    m_stack->addWidget(m_empty);
    auto *form = new QWidget;
    auto *formRow = new QHBoxLayout(form);
    formRow->setContentsMargins(0, 0, 0, 0);
    m_train->setMaximumWidth(760);
    formRow->addWidget(m_train, 1, Qt::AlignTop);
    formRow->addStretch(0);
    m_stack->addWidget(form);
    m_stack->addWidget(makeView());
}

QWidget *TokenizerPage::makeView()
{
    auto *view = new QWidget;
    auto *column = new QVBoxLayout(view);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    m_bytesPerToken = new style::ValueCard(tr("Bytes per token"));
    m_bytesPerToken->setTerm(tr("Compression: how many bytes of text one token stands for, on held-out documents"));
    m_vocabulary = new style::ValueCard(tr("Vocabulary"));
    m_lossless = new style::ValueCard(tr("Gives text back unchanged"));
    m_lossless->setTerm(tr("Lossless: decode(encode(text)) equals text on all held-out documents"));
    m_method = new style::ValueCard(tr("Method"));
    auto *values = new CardRows(900);
    for (style::ValueCard *card : {m_bytesPerToken, m_vocabulary, m_lossless, m_method})
        values->add(card);
    column->addWidget(values);
    auto *halves = new QHBoxLayout;
    halves->setSpacing(style::kGap);
    auto *left = new QVBoxLayout;
    left->setSpacing(style::kGap);
    left->addWidget(makeTryCard(), 3);
    left->addWidget(makeCoverageCard(), 2);
    halves->addLayout(left, 3);
    halves->addWidget(makeVocabularyCard(), 2);
    column->addLayout(halves, 1);
    return view;
}

QWidget *TokenizerPage::makeTryCard()
{
    auto *card = new style::Card(tr("Try it"), tr("each colour is one token"));
    m_editor = new TokenEditor;
    m_editor->setPlainText(QString::fromUtf8(kExample));
    m_editor->setMinimumHeight(110);
    m_counts = style::makeLabel({}, "card-title");
    m_underCursor = style::makeWrappedLabel(tr("Hover a piece, or move the cursor into it, to see its number and bytes."), "note");
    card->body()->addWidget(m_editor, 1);
    card->body()->addWidget(m_counts);
    card->body()->addWidget(m_underCursor);
    connect(m_editor, &TokenEditor::tokenised, this, &TokenizerPage::updateCounts);
    connect(m_editor, &TokenEditor::tokenUnderCursor, this, [this](const QString &text) {
        m_underCursor->setText(text.isEmpty() ? tr("Hover a piece, or move the cursor into it, to see its number and bytes.") : text);
    });
    return card;
}

QWidget *TokenizerPage::makeCoverageCard()
{
    m_languagesCard = new style::Card(tr("How well it covers each language"), tr("on your documents"));
    m_languages = makeTable({tr("Language"), tr("Bytes per token"), tr("Byte by byte")}, tr("Coverage by language"));
    m_languages->horizontalHeaderItem(2)->setToolTip(tr("Byte fallback: the share of tokens that stand for a single byte because no piece fits"));
    m_languages->setMinimumHeight(96);
    m_languagesCard->body()->addWidget(m_languages);
    return m_languagesCard;
}

QWidget *TokenizerPage::makeVocabularyCard()
{
    auto *card = new style::Card(tr("Vocabulary"), tr("by number"));
    m_which = new QComboBox;
    m_which->setAccessibleName(tr("Tokenizer that is shown"));
    card->addHeaderWidget(m_which);
    auto *search = new QLineEdit;
    search->setPlaceholderText(tr("Search pieces or numbers"));
    search->setAccessibleName(tr("Search the vocabulary"));
    search->setClearButtonEnabled(true);
    m_vocabularyModel = new VocabularyModel(this);
    auto *table = new QTableView;
    table->setModel(m_vocabularyModel);
    table->setShowGrid(false);
    table->verticalHeader()->hide();
    table->setTabKeyNavigation(false);
    table->setSelectionBehavior(QAbstractItemView::SelectRows);
    table->horizontalHeader()->setResizeContentsPrecision(0);  // the visible rows; the vocabulary may be long
    table->horizontalHeader()->setMinimumSectionSize(56);
    table->horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    table->horizontalHeader()->setSectionResizeMode(VocabularyModel::Piece, QHeaderView::Stretch);
    table->setAccessibleName(tr("Vocabulary"));
    table->setMinimumHeight(200);
    card->body()->addWidget(search);
    card->body()->addWidget(table, 1);
    connect(search, &QLineEdit::textChanged, m_vocabularyModel, &VocabularyModel::setSearch);
    connect(m_which, &QComboBox::currentIndexChanged, this, [this] {
        showTokenizer(chosen(m_which));
        updateHeader();
    });
    return card;
}

void TokenizerPage::refresh()
{
    if (!session().hasProject())
        return;
    const shell::JobView *newest = session().jobs().newestOf(QStringLiteral("tokenizer"));
    m_follower->follow(session().projectPath(), newest ? newest->spec.id : QString());
    QStringList names;
    if (const auto tokenizers = session().project().tokenizers()) {
        for (const project::Tokenizer &tokenizer : *tokenizers)
            if (!names.contains(tokenizer.name))
                names += tokenizer.name;
    } else {
        m_error->present(tokenizers.error());
    }
    const bool isNew = !names.isEmpty() && m_which->findData(names.first()) < 0;
    fillChoices(m_which, names);
    if (isNew)
        choose(m_which, names.first());
    m_which->setVisible(names.size() > 1);
    m_train->refresh();
    const bool hasDocuments = currentDataset(session().project()).has_value();
    if (names.isEmpty() || m_wantsTraining)
        m_stack->setCurrentIndex(hasDocuments ? 1 : 0);
    else
        m_stack->setCurrentIndex(2);
    if (!names.isEmpty())
        showTokenizer(chosen(m_which));
    updateHeader();
}

void TokenizerPage::updateHeader()
{
    if (!session().hasProject())
        return;
    const int view = m_stack->currentIndex();
    const bool busy = m_follower->isRunning();
    m_anotherButton->setVisible(view == 2 || m_which->count() > 0);
    m_anotherButton->setText(m_wantsTraining ? tr("Back") : tr("Train another"));
    m_importButton->setEnabled(!busy && !session().isReadOnly());
    QPushButton *primary = m_header->setPrimary(view == 0 ? tr("Go to Data") : view == 1 ? tr("Train tokenizer") : tr("Next: architecture"));
    primary->setVisible(view != 0);
    primary->setEnabled(view != 1 || (!busy && !session().isReadOnly()));
    offerCommand(view == 1 ? m_train->command() : view == 2 ? m_shownCommand : QString());
    const project::StageStatus &status = session().stage(project::Stage::Tokenizer);
    if (view == 2)
        m_header->setSubtitle(QStringLiteral("%1 · %2 · %3").arg(m_shownName, m_method->value(), tr("%1 pieces").arg(m_vocabulary->value())));
    else
        m_header->setSubtitle(tr("Cuts text into the pieces that the model reads and writes"));
    if (status.state == project::StageState::OutOfDate)
        m_error->present(status.text, status.hint, style::Tone::Attention);
    else if (m_error->isVisible() && m_error->actionButton()->text().isEmpty())
        m_error->dismiss();
}

void TokenizerPage::showTokenizer(const QString &name)
{
    const auto row = session().project().tokenizer(name);
    if (!row)
        return;
    m_shownName = row->name;
    fillFacts(*row);
    if (m_shown == row->sha256)
        return;
    auto tokenizer = session().workbench().tokenizer(name);
    if (!tokenizer) {
        m_error->present(tokenizer.error());
        return;
    }
    m_shown = row->sha256;
    const auto maker = job::Folder::open(session().projectPath(), row->jobId);
    m_shownCommand = maker ? maker->spec().command : QStringLiteral("athanor-cli tokenizer list");
    m_editor->setTokenizer(*tokenizer);
    m_vocabularyModel->setTokenizer(*tokenizer);
}

void TokenizerPage::fillFacts(const project::Tokenizer &tokenizer)
{
    m_bytesPerToken->setValue(std::isfinite(tokenizer.bytesPerToken) ? formatReal(tokenizer.bytesPerToken, 3) : QStringLiteral("–"),
                              tr("more is better; 1 would be bytes"));
    m_vocabulary->setValue(formatInteger(tokenizer.vocabulary), tr("pieces, bytes included"));
    m_lossless->setValue(tokenizer.isLossless ? tr("yes") : tr("no"),
                         !tokenizer.isLossless ? tr("not every text: bits per byte may be off")
                         : tokenizer.corpusSha256.isEmpty() ? tr("every byte has a piece")
                                                            : tr("checked on held-out documents"),
                         tokenizer.isLossless ? style::Tone::Good : style::Tone::Attention);
    m_method->setValue(QString(tokenizer.type).remove(QStringLiteral("SentencePiece ")), tokenizer.corpusSha256.isEmpty() ? tr("imported") : tr("trained here"));
    fillLanguages(tokenizer.facts.value(QLatin1String("languages")).toArray());
    const auto dataset = session().project().datasetOfCorpus(tokenizer.corpusSha256);
    m_languagesCard->setNote(dataset ? tr("on %1, version %2").arg(dataset->name).arg(dataset->version) : QString());
}

void TokenizerPage::fillLanguages(const QJsonArray &languages)
{
    m_languages->setRowCount(int(languages.size()));
    for (int row = 0; row < languages.size(); ++row) {
        const QJsonObject entry = languages[row].toObject();
        const QString code = entry.value(QLatin1String("language")).toString();
        const QLocale locale(code);
        const QString name = locale.language() == QLocale::C || code.isEmpty() ? (code.isEmpty() ? tr("not recognised") : code)
                                                                                : QLocale::languageToString(locale.language());
        m_languages->setItem(row, 0, new QTableWidgetItem(name));
        m_languages->setItem(row, 1, new QTableWidgetItem(formatReal(numberIn(entry, "bytesPerToken"), 3)));
        m_languages->setItem(row, 2, new QTableWidgetItem(tr("%1 %").arg(formatReal(100 * numberIn(entry, "fallbackShare"), 2))));
    }
    m_languagesCard->setVisible(!languages.isEmpty());
}

void TokenizerPage::updateCounts()
{
    const Tokenisation &result = m_editor->tokenisation();
    QString text = tr("%1 tokens for %2 bytes").arg(formatInteger(result.tokens), formatInteger(result.bytes));
    if (result.tokens > 0)
        text += tr(" · %1 bytes per token").arg(formatReal(double(result.bytes) / double(result.tokens), 3));
    if (!result.isExact)
        text += tr(" · this tokenizer changes the text: what it gives back is not what was typed");
    m_counts->setText(text);
    style::setTone(m_counts, result.isExact ? style::Tone::Neutral : style::Tone::Attention);
}

void TokenizerPage::showTraining()
{
    m_wantsTraining = true;
    refresh();
    m_train->nameField()->setFocus();
}

void TokenizerPage::onPrimary()
{
    switch (m_stack->currentIndex()) {
    case 0: session().goTo(project::Stage::Data); break;
    case 1: start(); break;
    default: session().goTo(project::Stage::Architecture);
    }
}

void TokenizerPage::start()
{
    const Result<QString> job = m_train->start();
    if (!session().tell(job))
        return;
    m_wantsTraining = false;
    session().jobs().pollNow();
    m_follower->followStarted(session().projectPath(), *job);
    updateHeader();
}

void TokenizerPage::askForFile()
{
    auto *dialog = new QFileDialog(this, tr("Import a tokenizer"), {}, tr("Tokenizers (tokenizer.json *.json *.model);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &file) { session().tell(importFile(file)); });
    dialog->open();
}

Status TokenizerPage::importFile(const QString &file)
{
    QStringList taken;
    ATHANOR_ASSIGN(const QList<project::Tokenizer> all, session().project().tokenizers());
    for (const project::Tokenizer &tokenizer : all)
        taken += tokenizer.name;
    ATHANOR_ASSIGN(const job::Folder job, session().workbench().importTokenizer(freeName(tokenizer::nameForTokenizer(file), taken), file));
    m_wantsTraining = false;
    m_follower->followStarted(session().projectPath(), job.spec().id);
    updateHeader();
    return {};
}

bool TokenizerPage::takeDrop(const QStringList &paths)
{
    if (paths.size() != 1)
        return false;
    const bool isFile = paths.first().endsWith(QLatin1String(".model")) || paths.first().endsWith(QLatin1String(".json"));
    if (!isFile && !(QFileInfo(paths.first()).isDir() && tokenizer::findTokenizer(paths.first())))
        return false;
    session().tell(importFile(paths.first()));
    return true;
}

}  // namespace athanor::pages
