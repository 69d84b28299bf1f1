#include "ui/pages/training/training_page.h"

#include "core/base/format.h"
#include "core/model/training_settings.h"
#include "core/project/checkpoint_facts.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/common/export_dialog.h"
#include "ui/pages/training/forecast_dialog.h"
#include "ui/shell/busy_cursor.h"
#include "ui/shell/session.h"

#include <QDesktopServices>
#include <QUrl>

namespace athanor::pages {

TrainingPage::TrainingPage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_follower(new JobFollower(this)), m_jobPanel(new JobPanel(session, m_follower)),
      m_header(new style::PageHeader(tr("Training"))), m_newRun(m_header->addButton(tr("New run"))),
      m_compare(m_header->addButton(tr("Compare runs"), tr("Draw other runs over this one"))), 
      m_report(m_header->addButton(tr("Report…"), tr("Figures, curves, settings and samples of this run in one HTML file"))), m_pause(m_header->addButton(tr("Pause"))),
      m_stop(m_header->addButton(tr("Stop and keep"), tr("Ends the run at the next step and keeps the best checkpoint"))),
      m_stack(new PageStack), m_empty(new style::EmptyState(QStringLiteral("training"), {})), m_start(new StartPanel(session)),
      m_view(new RunView(session, m_follower)), m_checkpoints(new CheckpointsCard), m_runs(new RunsCard), m_sweeps(new SweepCard)
{
    m_jobPanel->setQuietWhileRunning(true);
    m_sweeps->setSettings(model::trainingSettings(session.plugins()));
    m_header->setPrimary(tr("Start"));
    build();
    connectParts();
    connectTrials();
}

void TrainingPage::build()
{
    content()->addWidget(m_header);
    content()->addWidget(m_jobPanel);
    content()->addWidget(m_stack, 1);
    m_stack->addWidget(m_empty);
    m_stack->addWidget(m_start);
    auto *watch = new QWidget;
    auto *column = new QVBoxLayout(watch);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    column->addWidget(m_view, 1);
    auto *below = new SideBySide(860);
    below->add(m_checkpoints, 1);
    below->add(m_runs, 1);
    column->addWidget(below);
    column->addWidget(m_sweeps);
    m_stack->addWidget(watch);
}

void TrainingPage::connectParts()
{
    connect(m_header->primary(), &QPushButton::clicked, this, &TrainingPage::onPrimary);
    connect(m_empty, &style::EmptyState::activated, this, [this] { session().goTo(m_missing); });
    connect(m_newRun, &QPushButton::clicked, this, [this] { m_wantsForm ? (m_wantsForm = false, refresh()) : showForm(); });
    connect(m_compare, &QPushButton::clicked, this, [this] {
        findChild<QScrollArea *>(QString(), Qt::FindDirectChildrenOnly)->ensureWidgetVisible(m_runs);
        m_runs->table()->setFocus();
        session().showToast(tr("Tick a run in the list: it is drawn over this one."));
    });
    connect(m_report, &QPushButton::clicked, this, &TrainingPage::askForReport);
    connect(m_pause, &QPushButton::clicked, this, [this] { act([this](const QString &id) { return session().workbench().queue().pause(id); }); });
    connect(m_stop, &QPushButton::clicked, this, [this] { act([this](const QString &id) { return session().workbench().queue().cancel(id); }); });
    connect(m_start, &StartPanel::planChanged, this, &TrainingPage::updateHeader);
    connect(m_start, &StartPanel::examplesWanted, this, [this](bool records) {
        session().goTo(project::Stage::Data, records ? QJsonObject{{QStringLiteral("recipe"), QStringLiteral("records")}} : QJsonObject());
    });
    connect(m_follower, &JobFollower::changed, this, &TrainingPage::updateHeader);
    connect(m_follower, &JobFollower::settled, this, [this] { session().refreshNow(); refresh(); });
    const auto tryIt = [this](const QString &path) { session().goTo(project::Stage::Chat, {{QStringLiteral("checkpoint"), path}}); };
    connect(m_follower, &JobFollower::eventsArrived, this, &TrainingPage::onEvents);
    connect(m_checkpoints, &CheckpointsCard::nowRequested, this, &TrainingPage::askForCheckpoint);
    connect(m_checkpoints, &CheckpointsCard::tryRequested, this, tryIt);
    connect(m_checkpoints, &CheckpointsCard::evaluateRequested, this, [this](const QString &path) {
        session().goTo(project::Stage::Evaluation, {{QStringLiteral("checkpoint"), path}});
    });
    connect(m_checkpoints, &CheckpointsCard::forkRequested, this, &TrainingPage::fork);
    connect(m_checkpoints, &CheckpointsCard::exportRequested, this, [this](const QString &path) { ExportDialog::open(session(), path, this); });
    connect(m_runs, &RunsCard::chosen, this, &TrainingPage::showRun);
    connect(m_runs, &RunsCard::comparedChanged, m_view, &RunView::setCompared);
    connect(m_runs, &RunsCard::cloneRequested, this, [this](const QString &id) { clone(id, {}); });
    connect(m_runs, &RunsCard::reproduceRequested, this, [this](const QString &id) {
        const auto job = session().workbench().reproduceRun(id);
        if (session().tell(job))
            showRun(job->spec().id);
    });
    connect(m_runs, &RunsCard::deleteRequested, this, &TrainingPage::deleteRun);
    connect(m_view, &RunView::hintActivated, this, &TrainingPage::onHint);
}

/// Small first, then large: forecasts and sweeps.
void TrainingPage::connectTrials()
{
    connect(m_runs, &RunsCard::forecastRequested, this, [this] { ForecastDialog::open(session(), this); });
    connect(m_start, &StartPanel::sweepStarted, this, &TrainingPage::showSweep);
    connect(m_sweeps, &SweepCard::runChosen, this, &TrainingPage::showRun);
    connect(m_sweeps, &SweepCard::stopRequested, this, [this](const QString &id) {
        session().tell(workbench::stopSweep(session().workbench(), id));
        session().refreshNow();
        refresh();
    });
}

/// Its first run, which is the one that runs.
void TrainingPage::showSweep(const QString &id)
{
    const auto sweep = workbench::sweep(session().project(), id);
    if (session().tell(sweep))
        showRun(sweep->runs.first().id);
}

void TrainingPage::act(const std::function<Status(const QString &)> &action)
{
    if (m_follower->hasJob())
        session().tell(action(m_follower->jobId()));
    m_follower->poll();
}

void TrainingPage::askForCheckpoint()
{
    if (!m_follower->hasJob() || !session().tell(session().workbench().checkpointRun(m_follower->jobId())))
        return;
    m_checkpointAskedAt = std::max<qint64>(0, m_follower->summary().step);
    m_checkpoints->setWords(tr("Asked at step %1; it is written after the present step.").arg(formatInteger(m_checkpointAskedAt)));
}

void TrainingPage::onEvents(const QList<job::Event> &events)
{
    for (const job::Event &event : events) {
        const bool isCheckpoint = event.type == job::EventType::Artifact && event.data.value(QLatin1String("kind")) == QLatin1String("checkpoint");
        if (m_checkpointAskedAt < 0 || !isCheckpoint || event.step < m_checkpointAskedAt)
            continue;
        m_checkpointAskedAt = -1;
        m_checkpoints->setWords(tr("Kept as you asked: step %1.").arg(formatInteger(event.step)));
        session().refreshNow();
        refreshRun();
    }
}

void TrainingPage::refresh()
{
    if (!session().hasProject())
        return;
    if (!m_follower->hasJob()) {
        const shell::JobView *newest = session().jobs().newestOf(QStringLiteral("train"));
        if (newest) {
            m_follower->follow(session().projectPath(), newest->spec.id);
            m_view->reset();
        }
    }
    updateEmpty();
    const bool canTrain = m_missing == project::Stage::Training;
    if (m_follower->hasJob() && !m_wantsForm) {
        m_stack->setCurrentIndex(WatchView);
        refreshRun();
    } else {
        m_stack->setCurrentIndex(canTrain ? FormView : EmptyView);
        if (canTrain)
            m_start->refresh();
    }
    updateHeader();
}

/// Names the first thing that training still needs.
void TrainingPage::updateEmpty()
{
    const project::Project &project = session().project();
    const auto tokenizers = project.tokenizers();
    const auto models = project.models();
    if (!currentDataset(project)) {
        m_missing = project::Stage::Data;
        m_empty->setTexts(tr("There is nothing to learn from yet."), tr("Add documents and prepare them first."), tr("Go to Data"));
    } else if (!tokenizers || tokenizers->isEmpty()) {
        m_missing = project::Stage::Tokenizer;
        m_empty->setTexts(tr("There is no tokenizer yet."), tr("The model reads tokens: train a tokenizer on your documents, it takes a minute."), tr("Go to Tokenizer"));
    } else if (!models || models->isEmpty()) {
        m_missing = project::Stage::Architecture;
        m_empty->setTexts(tr("There is no model to train yet."), tr("Choose a size that suits your documents and this machine, or bring in a model that exists."), tr("Go to Architecture"));
    } else {
        m_missing = project::Stage::Training;
    }
}

void TrainingPage::refreshRun()
{
    const QString id = m_follower->jobId();
    if (const auto points = session().project().checkpoints(id))
        m_checkpoints->setCheckpoints(*points, project::meansAmong(*points, session().project().path()));
    if (const auto runs = session().project().runs())
        m_runs->setRuns(*runs, id);
    if (const auto sweeps = workbench::sweeps(session().project()))
        m_sweeps->setSweeps(*sweeps);
    if (const auto run = session().project().run(id)) {
        m_checkpoints->setContinuesText(run->continuesText);
        m_view->setYardsticks(yardsticksFor(run->corpusSha256));
        m_view->setTrainTokens(trainTokensOf(*run));
    }
    offerCommand(m_follower->folder()->spec().command);
}

Yardsticks TrainingPage::yardsticksFor(const QString &corpusSha256) const
{
    Yardsticks result;
    const auto take = [&](const QJsonObject &facts) {
        if (!std::isfinite(result.gzip))
            result.gzip = numberIn(facts, "gzipBitsPerByte");
        if (!std::isfinite(result.xz))
            result.xz = numberIn(facts, "xzBitsPerByte");
    };
    if (const auto dataset = session().project().datasetOfCorpus(corpusSha256))
        take(dataset->facts.value(QLatin1String("splits")).toObject().value(QLatin1String("validation")).toObject());
    take(m_follower->summary().result);
    if (const auto evaluations = session().project().evaluations())
        for (const project::Evaluation &evaluation : *evaluations)
            if (!corpusSha256.isEmpty() && evaluation.corpusSha256 == corpusSha256 && !evaluation.isLimited())
                take(evaluation.facts);
    return result;
}

double TrainingPage::trainTokensOf(const project::Run &run) const
{
    const auto dataset = session().project().datasetOfCorpus(run.corpusSha256);
    const auto tokenizer = session().project().tokenizer(run.tokenizerSha256);
    if (!dataset || !tokenizer || !(tokenizer->bytesPerToken > 0))
        return 0;
    const QJsonObject train = dataset->facts.value(QLatin1String("splits")).toObject().value(QLatin1String("train")).toObject();
    return train.value(QLatin1String("bytes")).toDouble() / tokenizer->bytesPerToken;
}

void TrainingPage::updateHeader()
{
    const int view = m_stack->currentIndex();
    updateRunButtons();
    m_newRun->setVisible(m_follower->hasJob() && m_missing == project::Stage::Training);
    m_newRun->setText(m_wantsForm ? tr("Back to the run") : tr("New run"));
    if (view == EmptyView) {
        m_header->primary()->setVisible(false);  // the page itself offers the next action
        m_header->setSubtitle(tr("Needs documents, a tokenizer and a model"));
        return;
    }
    m_header->primary()->setVisible(true);
    if (view == FormView) {
        m_header->setPrimary(tr("Start"))->setEnabled(m_start->canStart());
        const workbench::RunRequest request = m_start->request();
        offerCommand(workbench::startRunCommand(session().plugins(), request));
        const QString takes = m_start->planText();
        m_header->setSubtitle(tr("%1 on %2").arg(request.model, request.dataset) + (takes.isEmpty() ? QString() : QStringLiteral(" · ") + takes));
        return;
    }
    const job::Summary &summary = m_follower->summary();
    QPushButton *primary = m_header->setPrimary(wantsResume() ? tr("Resume") : tr("Try it"));
    primary->setEnabled(wantsResume() ? !session().isReadOnly() : m_checkpoints->count() > 0);
    const qint64 total = totalSteps(summary);
    QString facts = m_follower->folder()->spec().title;
    if (summary.step >= 0)
        facts += QStringLiteral(" · ") + (total > 0 ? tr("step %1 of %2").arg(formatInteger(summary.step), formatInteger(total)) : tr("step %1").arg(formatInteger(summary.step)));
    else if (m_follower->isRunning() && !progressWords(summary).isEmpty())
        facts += QStringLiteral(" · ") + progressWords(summary);
    m_header->setSubtitle(facts + QStringLiteral(" · ") + stateWords(summary.state));
}

/// A run that was interrupted goes on; one that ended, well or not, is tried if there is something to try.
bool TrainingPage::wantsResume() const
{
    switch (m_follower->summary().state) {
    case job::State::Paused:
    case job::State::Lost: return true;
    case job::State::Failed:
    case job::State::Cancelled: return m_checkpoints->count() == 0;
    default: return false;
    }
}

void TrainingPage::updateRunButtons()
{
    const bool watching = m_stack->currentIndex() == WatchView;
    const job::State state = m_follower->summary().state;
    m_report->setVisible(watching && !m_follower->isRunning() && m_checkpoints->count() > 0);
    m_jobPanel->setResumeElsewhere(watching && wantsResume());
    m_compare->setVisible(watching && m_runs->table()->rowCount() > 1);
    m_checkpoints->setRunning(state == job::State::Running && m_follower->summary().step >= 0 && !session().isReadOnly());
    m_pause->setVisible(watching && (state == job::State::Running || state == job::State::Pausing));
    m_pause->setEnabled(state == job::State::Running);
    m_stop->setVisible(watching && m_follower->isRunning());
    m_stop->setEnabled(state != job::State::Cancelling);
}

void TrainingPage::onPrimary()
{
    switch (m_stack->currentIndex()) {
    case EmptyView: session().goTo(m_missing); return;
    case FormView: start(); return;
    default: break;
    }
    if (!wantsResume())
        session().goTo(project::Stage::Chat, {{QStringLiteral("checkpoint"), m_checkpoints->currentPath()}});
    else
        act([this](const QString &id) { return session().workbench().resumeJob(id); });
}

void TrainingPage::start()
{
    const auto job = session().workbench().startRun(m_start->request());
    if (session().tell(job))
        showRun(job->spec().id);
}

void TrainingPage::showRun(const QString &runId)
{
    m_wantsForm = false;
    m_checkpointAskedAt = -1;
    m_checkpoints->setWords({});
    m_follower->follow(session().projectPath(), runId);
    session().refreshNow();
    m_view->reset();
    refresh();
    m_view->setCompared(m_runs->compared());
}

void TrainingPage::showForm()
{
    m_wantsForm = true;
    refresh();
}

void TrainingPage::open(const QJsonObject &argument)
{
    if (argument.contains(QLatin1String("run")))
        return showRun(argument.value(QLatin1String("run")).toString());
    if (!argument.contains(QLatin1String("model")) && !argument.contains(QLatin1String("dataset")))
        return refresh();
    m_wantsForm = true;
    refresh();
    if (argument.contains(QLatin1String("model")))
        m_start->chooseModel(argument.value(QLatin1String("model")).toString());
    if (argument.contains(QLatin1String("dataset")))
        m_start->chooseDataset(argument.value(QLatin1String("dataset")).toString());
    updateHeader();
}

void TrainingPage::clone(const QString &runId, const QJsonObject &changes)
{
    const auto run = session().project().run(runId);
    if (!session().tell(run))
        return;
    showForm();
    m_start->takeOver(*run, changes, run->parameters.value(QLatin1String("from")).toString());
}

void TrainingPage::fork(const QString &checkpoint)
{
    const auto run = session().project().run(m_follower->jobId());
    if (!session().tell(run))
        return;
    showForm();
    m_start->takeOver(*run, {}, checkpoint);
}

void TrainingPage::deleteRun(const QString &runId)
{
    const auto trash = session().project().deleteRun(runId);
    if (!session().tell(trash))
        return;
    if (runId == m_follower->jobId())
        m_follower->follow(session().projectPath(), {});
    session().refreshNow();
    refresh();
    session().showToast(tr("The run is in the trash."), tr("Undo"), [this, entry = *trash] {
        session().tell(session().project().restore(entry));
        session().refreshNow();
        refresh();
    });
}

void TrainingPage::askForReport()
{
    askForNewFile(this, tr("Write a report"), session().projectPath() + QStringLiteral("/report.html"), tr("HTML (*.html)"), [this](const QString &file) {
        if (session().tell(writeReport(file)))
            QDesktopServices::openUrl(QUrl::fromLocalFile(file));
    });
}

Status TrainingPage::writeReport(const QString &file)
{
    const QString id = m_follower->jobId();
    {
        const shell::BusyCursor busy;
        ATHANOR_TRY(session().workbench().writeReport(id, file));
    }
    offerCommand(workbench::reportCommand(id, file));
    session().showToast(tr("Wrote %1.").arg(file));
    return {};
}

void TrainingPage::onHint(const QString &target)
{
    if (target == QLatin1String("data"))
        return session().goTo(project::Stage::Data);
    const auto run = session().project().run(m_follower->jobId());
    if (!session().tell(run))
        return;
    const double rate = run->parameters.value(QLatin1String("settings")).toObject().value(QLatin1String("learning_rate")).toDouble();
    clone(run->id, {{QStringLiteral("learning_rate"), rate / 2}});
}

}  // namespace athanor::pages
