#include "ui/pages/architecture/get_model_panel.h"

#include "core/base/format.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

const QString kDownloads = QStringLiteral("download:");  // before a base that no model of the project is

bool isOnThisMachine(const QString &source)
{
    return source.startsWith(QLatin1Char('/')) || source.startsWith(QLatin1Char('~')) || source.startsWith(QLatin1Char('.')) || QFileInfo::exists(source);
}

}  // namespace

GetModelPanel::GetModelPanel(shell::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_lookup(new JobFollower(this))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 0, 0);
    auto *columns = new SideBySide(700);
    columns->add(makeSourceCard(), 5);
    columns->add(makePreviewCard(), 6);
    column->addWidget(columns, 1);
    connect(m_lookup, &JobFollower::changed, this, [this] {
        m_asking->setVisible(m_lookup->isRunning());
        m_asking->setText(tr("Asking the server… %1").arg(progressWords(m_lookup->summary())));
        Q_EMIT changed();
    });
    connect(m_lookup, &JobFollower::settled, this, &GetModelPanel::onAnswer);
    clear();
}

QWidget *GetModelPanel::makeSourceCard()
{
    auto *card = new style::Card(tr("Where it comes from"), tr("or drop a folder or file here"));
    m_source = new QLineEdit;
    m_source->setPlaceholderText(tr("folder, file, https://… or owner/name"));
    m_look = style::makeButton(tr("Look"));
    m_look->setToolTip(tr("Shows what it is. Nothing is downloaded or changed yet."));
    auto *folder = style::makeButton(tr("Folder…"));
    auto *file = style::makeButton(tr("File…"));
    file->setToolTip(tr("A GGUF file"));
    card->body()->addWidget(labelled(tr("Folder, file, address or repository"), m_source, tr("A Hugging Face folder, a GGUF file, an address, or a repository as the hub shows it")));
    auto *row = new QHBoxLayout;
    for (QPushButton *button : {m_look, folder, file})
        row->addWidget(button);
    row->addStretch(1);
    card->body()->addLayout(row);
    m_asking = style::makeWrappedLabel({}, "note");
    m_asking->hide();
    card->body()->addWidget(m_asking);
    card->body()->addSpacing(4);
    card->body()->addWidget(style::makeLabel(tr("Suggestions"), "card-title"));
    m_suggestions = new SuggestionList;
    m_suggestions->setMinimumHeight(160);
    card->body()->addWidget(m_suggestions, 1);
    m_suggestionsNote = style::makeWrappedLabel({}, "quiet");
    card->body()->addWidget(m_suggestionsNote);
    connect(m_source, &QLineEdit::returnPressed, this, &GetModelPanel::onLook);
    connect(m_source, &QLineEdit::textEdited, this, [this] {
        m_look->setEnabled(!m_source->text().trimmed().isEmpty());
        Q_EMIT changed();
    });
    connect(m_look, &QPushButton::clicked, this, &GetModelPanel::onLook);
    connect(folder, &QPushButton::clicked, this, &GetModelPanel::chooseFolder);
    connect(file, &QPushButton::clicked, this, &GetModelPanel::chooseFile);
    connect(m_suggestions, &SuggestionList::chosen, this, [this](const workbench::ModelSuggestion &each) { look(each.repository, each.file); });
    return card;
}

QWidget *GetModelPanel::makePreviewCard()
{
    m_previewCard = new style::Card(tr("What it is"), tr("before anything happens"));
    m_nothing = new style::EmptyState(QStringLiteral("search"), tr("Nothing chosen yet."),
                                      tr("Choose a suggestion, a folder or a file. You see its size, its licence and whether it fits before you bring it in."));
    m_error = new ErrorPanel;
    m_sentence = style::makeWrappedLabel({}, "");
    m_file = new QComboBox;
    m_fileRow = labelled(tr("Which file"), m_file, tr("The same model in several precisions (quantisations)"));
    m_base = new QComboBox;
    style::letShrink(m_base);
    m_baseRow = labelled(tr("Belongs to the model"), m_base, tr("The base model, as it is in this project"));
    m_facts = new style::FactList;
    m_remarks = new HintList;
    m_name = new QLineEdit;
    m_licence = new QLineEdit;
    m_licence->setPlaceholderText(tr("as its makers say, for instance apache-2.0"));
    m_nameProblem = style::makeWrappedLabel({}, "note");
    style::setTone(m_nameProblem, style::Tone::Bad);
    m_fields = new QWidget;
    auto *fields = new QHBoxLayout(m_fields);
    fields->setContentsMargins(0, 0, 0, 0);
    fields->addWidget(labelled(tr("Name in this project"), m_name), 1);
    fields->addWidget(labelled(tr("Licence"), m_licence, tr("Goes with the model into every export and report")), 1);
    QVBoxLayout *body = m_previewCard->body();
    for (QWidget *part : QList<QWidget *>{m_nothing, m_error, m_sentence, m_fileRow, m_facts, m_remarks, m_baseRow, m_fields, m_nameProblem})
        body->addWidget(part, part == m_nothing ? 1 : 0);
    body->addStretch(0);
    connect(m_name, &QLineEdit::textChanged, this, &GetModelPanel::checkName);
    connect(m_error, &ErrorPanel::activated, this, &GetModelPanel::onLook);
    connect(m_file, &QComboBox::activated, this, [this] { look(m_source->text(), chosen(m_file)); });
    return m_previewCard;
}

void GetModelPanel::refresh()
{
    if (std::exchange(m_filled, true))
        return;
    const auto suggestions = workbench::Workbench::modelSuggestions();
    if (suggestions)
        m_suggestions->setSuggestions(*suggestions);
    m_suggestionsNote->setText(suggestions ? tr("They come from a list that you can edit; point here to see where it stands.")
                                           : suggestions.error().message + QLatin1Char(' ') + suggestions.error().hint);
    m_suggestionsNote->setToolTip(workbench::Workbench::suggestionsFile());
}

void GetModelPanel::clear()
{
    m_preview = {};
    m_looked.clear();
    m_source->clear();
    m_look->setEnabled(false);
    m_nothing->show();
    m_previewCard->setTitle(tr("What it is"));
    m_error->dismiss();
    for (QWidget *part : QList<QWidget *>{m_sentence, m_fileRow, m_facts, m_remarks, m_baseRow, m_fields, m_nameProblem})
        part->hide();
    Q_EMIT changed();
}

void GetModelPanel::onLook() { look(m_source->text().trimmed()); }

void GetModelPanel::look(const QString &source, const QString &file)
{
    if (source.isEmpty() || !m_session.hasProject())
        return;
    if (m_source->text() != source)
        m_source->setText(source);
    m_look->setEnabled(true);
    m_error->dismiss();
    if (withHome(source) != m_looked)
        m_file->clear();
    if (isOnThisMachine(source))
        inspect(withHome(source));
    else
        ask(source, file);
}

void GetModelPanel::inspect(const QString &path)
{
    m_lookup->follow(m_session.projectPath(), {});
    m_asking->hide();
    const auto model = m_session.workbench().inspectModel(path);
    if (!model)
        return showProblem(model.error());
    m_looked = path;
    ModelPreview preview = previewOf(*model, m_session.plugins(), machineFacts());
    if (preview.standsOnAnother)
        offerBases(model->base, preview, false);
    showPreview(preview);
}

/// The project's models that an adapter can stand on, the one that it names first; or that one by download, where the
/// adapter is downloaded too. Without any it cannot come in yet.
void GetModelPanel::offerBases(const QString &base, ModelPreview &preview, bool mayDownload)
{
    QStringList names;
    if (const auto models = m_session.project().models())
        for (const project::Model &model : *models)
            if (!model.base.isEmpty())
                names += model.name;
    m_base->clear();
    const auto named = m_session.workbench().baseOfAdapter(base);
    QStringList titles = names;
    if (!named && mayDownload && workbench::Workbench::isModelAddress(base)) {
        titles.prepend(tr("%1: download it too").arg(base));
        names.prepend(kDownloads + base);
    }
    fillChoices(m_base, titles, names);
    if (named)
        choose(m_base, *named);
    else if (!names.isEmpty() && !names.first().startsWith(kDownloads))
        preview.remarks += HintLine{style::Tone::Attention, named.error().message, {}, {}};
    if (!preview.canBringIn)
        return;
    preview.canBringIn = !names.isEmpty();
    preview.reason = named ? QString() : named.error().message;
    preview.hint = tr("Bring that model in first.");
}

void GetModelPanel::ask(const QString &address, const QString &file)
{
    const auto job = m_session.workbench().lookUpModel(address, file);
    if (!job)
        return showProblem(job.error());
    m_looked = address;
    m_preview = {};
    m_session.jobs().pollNow();
    m_lookup->followStarted(m_session.projectPath(), job->spec().id);
}

void GetModelPanel::onAnswer()
{
    m_asking->hide();
    const job::Summary &summary = m_lookup->summary();
    if (summary.state == job::State::Finished) {
        const workbench::ModelOffer offer = workbench::Workbench::offerFrom(summary.result);
        ModelPreview preview = previewOf(offer, machineFacts());
        if (preview.standsOnAnother)
            offerBases(offer.base, preview, true);
        return showPreview(preview);
    }
    if (summary.state == job::State::Failed)
        return showProblem(summary.error);
    showProblem({ErrorCode::External, tr("The question to the server was not answered (%1).").arg(stateWords(summary.state)), tr("Try again."), {}});
}

void GetModelPanel::showPreview(const ModelPreview &preview)
{
    m_preview = preview;
    m_nothing->hide();
    m_previewCard->setTitle(preview.title);
    m_sentence->setText(preview.sentence);
    m_sentence->setVisible(!preview.sentence.isEmpty());
    m_facts->clear();
    for (const PreviewRow &row : preview.rows)
        m_facts->set(row.key, row.value, row.tone, row.term);
    m_facts->setVisible(!preview.rows.isEmpty());
    m_remarks->setLines(preview.remarks);
    m_remarks->setVisible(!preview.remarks.isEmpty());
    if (!preview.choices.isEmpty()) {
        QStringList titles, names;
        for (const workbench::ModelOffer::File &file : preview.choices) {
            titles += file.bytes > 0 ? QStringLiteral("%1 · %2").arg(file.name, formatBytes(file.bytes)) : file.name;
            names += file.name;
        }
        fillChoices(m_file, titles, names);
        m_file->setCurrentIndex(-1);
        m_file->setPlaceholderText(tr("choose one"));
    }
    m_fileRow->setVisible(m_file->count() > 0 && !isOnThisMachine(m_looked));
    m_baseRow->setVisible(preview.canBringIn && preview.standsOnAnother);
    m_fields->setVisible(preview.canBringIn);
    m_name->setText(preview.proposedName);
    m_licence->setText(preview.licence);
    if (preview.canBringIn)
        m_error->dismiss();
    else
        m_error->present(preview.reason, preview.hint, preview.choices.isEmpty() ? style::Tone::Bad : style::Tone::Attention);
    checkName();
}

void GetModelPanel::showProblem(const Error &error)
{
    const QString source = m_source->text();
    clear();
    m_source->setText(source);
    m_nothing->hide();
    m_error->present(error, tr("Try again"));
    m_look->setEnabled(true);
}

void GetModelPanel::checkName()
{
    const QString name = m_name->text().trimmed();
    QString problem;
    if (name.isEmpty())
        problem = tr("Give it a name.");
    else if (m_session.hasProject() && m_session.project().model(name))
        problem = tr("There is a model “%1” in this project already: give this one another name.").arg(name);
    m_nameProblem->setText(problem);
    m_nameProblem->setVisible(!problem.isEmpty() && m_preview.canBringIn);
    m_name->setProperty("invalid", !problem.isEmpty());
    m_name->setAccessibleDescription(problem);
    m_name->style()->unpolish(m_name);
    m_name->style()->polish(m_name);
    Q_EMIT changed();
}

bool GetModelPanel::canBringIn() const
{
    return m_preview.canBringIn && !m_lookup->isRunning() && m_nameProblem->text().isEmpty() && withHome(m_source->text().trimmed()) == m_looked;
}

workbench::ImportRequest GetModelPanel::request() const
{
    workbench::ImportRequest request;
    request.source = m_looked;
    request.name = m_name->text().trimmed();
    request.licence = m_licence->text().trimmed();
    if (m_preview.standsOnAnother) {
        request.isAdapter = !isOnThisMachine(m_looked);
        if (const QString base = chosen(m_base); base.startsWith(kDownloads))
            request.baseSource = base.mid(kDownloads.size());
        else
            request.base = base;
    }
    if (!m_fileRow->isHidden())
        request.file = m_file->currentIndex() >= 0 ? chosen(m_file) : QString();
    else if (m_lookup->hasJob())
        request.file = m_lookup->folder()->spec().parameters.value(QLatin1String("file")).toString();
    return request;
}

void GetModelPanel::chooseFolder()
{
    auto *dialog = new QFileDialog(this, tr("A model's folder"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::Directory);
    dialog->setOption(QFileDialog::ShowDirsOnly, true);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &folder) { look(folder); });
    dialog->open();
}

void GetModelPanel::chooseFile()
{
    auto *dialog = new QFileDialog(this, tr("A model's file"), {}, tr("GGUF (*.gguf);;All files (*)"));
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    dialog->setFileMode(QFileDialog::ExistingFile);
    connect(dialog, &QFileDialog::fileSelected, this, [this](const QString &file) { look(file); });
    dialog->open();
}

}  // namespace athanor::pages
