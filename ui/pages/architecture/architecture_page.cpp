#include "ui/pages/architecture/architecture_page.h"

#include "core/base/format.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/architecture/tokens_dialog.h"
#include "ui/pages/common/export_dialog.h"
#include "ui/shell/session.h"

#include <QMenu>

namespace athanor::pages {

namespace {

const QStringList &wayIds()
{
    static const QStringList ids{QStringLiteral("new"), QStringLiteral("get"), QStringLiteral("models")};
    return ids;
}

}  // namespace

ArchitecturePage::ArchitecturePage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_follower(new JobFollower(this)), m_jobPanel(new JobPanel(session, m_follower)),
      m_header(new style::PageHeader(tr("Architecture"))), m_error(new ErrorPanel), m_presets(new QMenu(this)),
      m_presetsButton(m_header->addButton(tr("Presets"), tr("Sizes that are known to work, from 1 M to 1 B parameters"))),
      m_measureButton(m_header->addButton(tr("Measure speed"), tr("Trains a few steps of this architecture to see how fast this machine is; at most ten seconds"))),
      m_ways(new style::ChipBar), m_stack(new PageStack), m_new(new NewModelView(session)), m_get(new GetModelPanel(session)),
      m_models(new ModelsView(session))
{
    m_jobPanel->setPausable(false);
    m_presetsButton->setMenu(m_presets);
    m_header->setPrimary(tr("Use for training"));
    build();
    connectParts();
}

void ArchitecturePage::build()
{
    m_ways->setChip(wayIds()[NewView], tr("A new model"), tr("From nothing: it learns from your documents only"));
    m_ways->setChip(wayIds()[GetView], tr("Start from a model that exists"), tr("Bring one in from a folder, a file or the net, and teach it your material"));
    m_ways->setChip(wayIds()[ModelsListView], tr("Models of this project"));
    m_ways->setAccessibleName(tr("Ways to a model"));
    content()->addWidget(m_header);
    content()->addWidget(m_ways);
    content()->addWidget(m_error);
    content()->addWidget(m_jobPanel);
    content()->addWidget(m_stack, 1);
    for (QWidget *view : QList<QWidget *>{m_new, m_get, m_models})
        m_stack->addWidget(view);
}

void ArchitecturePage::connectParts()
{
    connect(m_header->primary(), &QPushButton::clicked, this, &ArchitecturePage::onPrimary);
    connect(m_measureButton, &QPushButton::clicked, m_new, &NewModelView::measure);
    connect(m_ways, &style::ChipBar::currentChanged, this, [this](const QString &id) { showView(View(wayIds().indexOf(id))); });
    connect(m_error, &ErrorPanel::activated, this, [this] { session().goTo(project::Stage::Tokenizer); });
    connect(m_new, &NewModelView::changed, this, &ArchitecturePage::updateHeader);
    connect(m_get, &GetModelPanel::changed, this, &ArchitecturePage::updateHeader);
    connect(m_models, &ModelsView::currentChanged, this, &ArchitecturePage::updateHeader);
    connect(m_models, &ModelsView::tryRequested, this, [this](const QString &name) { session().goTo(project::Stage::Chat, {{QStringLiteral("model"), name}}); });
    connect(m_models, &ModelsView::exportRequested, this, [this](const QString &name) { ExportDialog::open(session(), name, this); });
    connect(m_models, &ModelsView::architectureRequested, this, [this](const QString &name) { open({{QStringLiteral("model"), name}}); });
    connect(m_models, &ModelsView::extendRequested, this, &ArchitecturePage::askForTokens);
    connect(m_models, &ModelsView::deleteRequested, this, &ArchitecturePage::deleteModel);
    connect(m_follower, &JobFollower::changed, this, &ArchitecturePage::updateHeader);
    connect(m_follower, &JobFollower::settled, this, &ArchitecturePage::onImportSettled);
}

void ArchitecturePage::fillPresets()
{
    m_presets->clear();
    for (const model::Preset &preset : model::presets(session().plugins())) {
        QAction *action = m_presets->addAction(QStringLiteral("%1 · %2").arg(preset.title, tr("%1 parameters").arg(formatCount(double(preset.approximateParameters)))));
        action->setData(preset.id);
        connect(action, &QAction::triggered, this, [this, id = preset.id] { usePreset(id); });
    }
}

void ArchitecturePage::refresh()
{
    if (!session().hasProject())
        return;
    m_new->refresh();
    m_get->refresh();
    m_models->refresh();
    if (!std::exchange(m_filled, true)) {
        fillPresets();
        const project::Model *newest = m_models->current();
        if (newest && !newest->base.isEmpty())
            showView(ModelsListView);
    }
    followImport();
    showArrived();
    updateHeader();
}

/// The newest job that brings a model in, and before it the download that it waits for.
void ArchitecturePage::followImport()
{
    const shell::JobView *import = session().jobs().newestOf(QStringLiteral("import"));
    if (const shell::JobView *adapter = session().jobs().newestOf(QStringLiteral("adapter")))
        if (!import || adapter->spec.created > import->spec.created)
            import = adapter;
    if (!import)
        return m_follower->follow(session().projectPath(), {});
    const shell::JobView *shown = import;
    for (const QString &before : import->spec.after)
        if (const shell::JobView *download = session().jobs().find(before); download && download->summary.state != job::State::Finished)
            shown = download;
    m_follower->follow(session().projectPath(), shown->spec.id);
}

void ArchitecturePage::onImportSettled()
{
    session().refreshNow();
    refresh();
}

/// A model that was asked for here and is now in the project: shown once, whichever of its signs came first (the end of
/// its job or the project's new revision).
void ArchitecturePage::showArrived()
{
    if (m_awaited.isEmpty() || !session().project().model(m_awaited).has_value())
        return;
    m_get->clear();
    m_models->select(std::exchange(m_awaited, {}));
    showView(ModelsListView);
}

void ArchitecturePage::open(const QJsonObject &argument)
{
    refresh();
    const auto text = [&](const char *key) { return argument.value(QLatin1String(key)).toString(); };
    if (argument.contains(QLatin1String("get"))) {
        showView(GetView);
        m_get->look(text("get"));
    } else if (argument.contains(QLatin1String("models"))) {
        showView(ModelsListView);
        m_models->select(text("models"));
    } else {
        showView(NewView);
    }
    if (argument.contains(QLatin1String("preset")))
        usePreset(text("preset"));
    if (argument.contains(QLatin1String("model")))
        if (const auto model = session().project().model(text("model")))
            m_new->showModel(*model);
}

bool ArchitecturePage::takeDrop(const QStringList &paths)
{
    if (m_stack->currentIndex() == NewView || paths.size() != 1 || session().isReadOnly())
        return false;
    showView(GetView);
    m_get->look(paths.first());
    return true;
}

void ArchitecturePage::showView(View view)
{
    if (view < NewView || view > ModelsListView)
        return;
    m_ways->setCurrent(wayIds()[view]);
    m_stack->setCurrentIndex(view);
    updateHeader();
}

void ArchitecturePage::updateHeader()
{
    if (!session().hasProject())
        return;
    const int view = m_stack->currentIndex();
    const bool writable = !session().isReadOnly();
    m_presetsButton->setVisible(view == NewView);
    m_measureButton->setVisible(view == NewView);
    m_ways->setChip(wayIds()[ModelsListView], m_models->count() > 0 ? tr("Models of this project · %1").arg(m_models->count()) : tr("Models of this project"));
    m_ways->button(wayIds()[ModelsListView])->setEnabled(m_models->count() > 0);
    updateProblem();
    if (view == NewView)
        return updateNewHeader();
    if (view == GetView) {
        m_header->setPrimary(tr("Bring in"), tr("Copies the model into this project and checks it"))->setEnabled(writable && m_get->canBringIn() && !isBringingIn());
        m_header->setSubtitle(tr("From a folder, a file or the net; nothing happens before you have seen what it is"));
        offerCommand(m_get->canBringIn() ? workbench::importModelCommand(m_get->request()) : QString());
        return;
    }
    const project::Model *model = m_models->current();
    const bool hasBase = model && !model->base.isEmpty();
    m_header->setPrimary(hasBase ? tr("Teach it") : tr("Train it"), tr("Goes on to training with this model"))->setEnabled(writable && model);
    m_header->setSubtitle(model ? tr("%1 · %2 parameters").arg(model->name, formatCount(double(model->parameters))) : tr("No model yet"));
    offerCommand(model ? QStringLiteral("athanor-cli model info ") + workbench::shellQuoted(model->name) : QString());
}

void ArchitecturePage::updateNewHeader()
{
    const bool writable = !session().isReadOnly();
    m_header->setPrimary(tr("Use for training"), tr("Keeps this model in the project and goes on to training"))->setEnabled(m_new->isUsable() && writable);
    m_measureButton->setEnabled(m_new->hasArchitecture() && !m_new->isMeasuring() && writable);
    m_measureButton->setText(m_new->isMeasuring() ? tr("Measuring…") : tr("Measure speed"));
    m_header->setSubtitle(m_new->summary());
    offerCommand(m_new->command());
}

void ArchitecturePage::updateProblem()
{
    if (m_stack->currentIndex() != NewView)
        m_error->dismiss();
    else if (m_new->problem())
        m_error->present(*m_new->problem());
    else if (m_new->lacksTokenizer())
        m_error->present(tr("There is no tokenizer yet, so the figures count with a vocabulary of 8,192."),
                         tr("Train or import a tokenizer; its vocabulary decides the size of the embedding."), style::Tone::Attention, tr("Go to Tokenizer"));
    else
        m_error->dismiss();
}

void ArchitecturePage::onPrimary()
{
    switch (m_stack->currentIndex()) {
    case NewView: return useForTraining();
    case GetView: return bringIn();
    default: break;
    }
    if (const project::Model *model = m_models->current())
        session().goTo(project::Stage::Training, {{QStringLiteral("model"), model->name}});
}

void ArchitecturePage::useForTraining()
{
    m_new->recompute();
    if (!m_new->hasArchitecture())
        return;
    const QString name = m_new->name();
    if (!session().tell(session().workbench().createModel(name, m_new->architectureId(), m_new->form()->values(), m_new->tokenizerName())))
        return;
    session().refreshNow();
    session().goTo(project::Stage::Training, {{QStringLiteral("model"), name}});
}

/// What is shown is on its way already: a second click would fetch it twice.
bool ArchitecturePage::isBringingIn() const { return !m_awaited.isEmpty() && m_follower->isRunning() && m_awaited == m_get->request().name; }

void ArchitecturePage::bringIn()
{
    if (isBringingIn())
        return;
    const workbench::ImportRequest request = m_get->request();
    const auto job = session().workbench().importModel(request);
    if (!job)
        return m_get->errorPanel()->present(job.error());
    m_awaited = request.name;
    session().refreshNow();
    refresh();
}

void ArchitecturePage::askForTokens(const QString &name)
{
    QStringList taken;
    for (const project::Model &model : session().project().models().value_or(QList<project::Model>()))
        taken += model.name;
    auto *dialog = new TokensDialog(name, freeName(name + QStringLiteral("-words"), taken), this);
    dialog->setAttribute(Qt::WA_DeleteOnClose);
    connect(dialog, &QDialog::accepted, this, [this, dialog, name] { extendModel(name, dialog->tokens(), dialog->name()); });
    dialog->open();
}

void ArchitecturePage::extendModel(const QString &name, const QStringList &tokens, const QString &as)
{
    const auto job = session().workbench().extendModel(name, tokens, as);
    if (!session().tell(job))
        return;
    m_awaited = as;
    m_follower->followStarted(session().projectPath(), job->spec().id);
    session().jobs().pollNow();
    session().refreshNow();
}

void ArchitecturePage::deleteModel(const QString &name)
{
    const auto trash = session().project().deleteModel(name);
    if (!session().tell(trash))
        return;
    session().refreshNow();
    refresh();
    if (m_models->count() == 0)
        showView(NewView);
    session().showToast(tr("The model is in the trash."), tr("Undo"), [this, entry = *trash] {
        session().tell(session().project().restore(entry));
        session().refreshNow();
        refresh();
    });
}

}  // namespace athanor::pages
