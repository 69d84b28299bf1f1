#include "ui/pages/project/wizard/wizard_view.h"

#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

WizardView::WizardView(shell::Session &session, bool forNewProject, QWidget *parent)
    : QWidget(parent), m_state{session, forNewProject}
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(style::kPageMargin, 24, style::kPageMargin, 16);
    layout->setSpacing(style::kGap);
    m_header = new style::PageHeader({}, this);
    QPushButton *cancel = m_header->addButton(tr("Not now"));
    m_back = m_header->addButton(tr("Back"));
    m_next = m_header->setPrimary(tr("Next"));
    layout->addWidget(m_header);
    auto *line = new QHBoxLayout;
    m_trail = style::makeLabel({}, "note", this);
    m_missing = style::makeLabel({}, "note", this);
    style::setTone(m_missing, style::Tone::Attention);
    line->addWidget(m_trail, 1);
    line->addWidget(m_missing);
    layout->addLayout(line);
    m_stack = new QStackedWidget(this);
    auto *area = new QScrollArea(this);
    area->setWidgetResizable(true);
    area->setWidget(m_stack);
    layout->addWidget(area, 1);
    if (!forNewProject)
        m_state.objective = session.project().objective();
    addStep(new ObjectiveStep(m_state, m_stack));
    addStep(m_data = new DataStep(m_state, m_stack));
    addStep(new MachineStep(m_state, m_stack));
    auto *approach = new ApproachStep(m_state, m_stack);
    addStep(approach);
    connect(approach, &ApproachStep::modelWanted, this, [this] {
        shell::Session &session = m_state.session;
        Q_EMIT left();  // deletes this later
        session.goTo(project::Stage::Architecture, {{QStringLiteral("get"), QString()}});
    });
    addStep(m_summary = new SummaryStep(m_state, m_stack));
    connect(cancel, &QPushButton::clicked, this, &WizardView::left);
    connect(m_back, &QPushButton::clicked, this, [this] { showStep(currentStep() - 1); });
    connect(m_next, &QPushButton::clicked, this, &WizardView::goOn);
    showStep(0);
}

WizardView::~WizardView() = default;

void WizardView::addStep(WizardStep *step)
{
    m_steps += step;
    m_stack->addWidget(step);
    connect(step, &WizardStep::completeChanged, this, &WizardView::refreshButtons);
}

int WizardView::currentStep() const { return m_stack->currentIndex(); }

void WizardView::addPaths(const QStringList &paths)
{
    for (const QString &path : paths)
        m_data->addPath(path);
}

void WizardView::showStep(int index)
{
    m_stack->setCurrentIndex(std::clamp<int>(index, 0, static_cast<int>(m_steps.size()) - 1));
    WizardStep *step = m_steps[currentStep()];
    step->setFocusPolicy(Qt::ClickFocus);
    step->setFocus();  // not a button: Return must not go on by itself
    step->enter();
    QStringList names{tr("objective"), tr("documents"), tr("machine and rules"), tr("approach"), tr("summary")};
    names[currentStep()] = QStringLiteral("● ") + names[currentStep()];
    m_trail->setText(names.join(QStringLiteral("  ›  ")));
    refreshButtons();
}

void WizardView::refreshButtons()
{
    const WizardStep *step = m_steps[currentStep()];
    const bool isLast = step == m_summary;
    m_header->setTitle(step->title());
    m_header->setSubtitle(step->subtitle());
    m_back->setEnabled(currentStep() > 0);
    m_next->setText(isLast ? m_summary->startText() : tr("Next"));
    m_next->setEnabled(step->isComplete());
    m_missing->setText(step->isComplete() ? QString() : step->missing());
}

void WizardView::goOn()
{
    WizardStep *step = m_steps[currentStep()];
    if (step == m_summary)
        start();
    else if (m_state.session.tell(step->leave()))
        showStep(currentStep() + 1);
}

void WizardView::goToSummary()
{
    m_state.hasRights = true;  // asked before: the project has its sources
    m_steps[1]->enter();
    showStep(static_cast<int>(m_steps.size()) - 1);
}

void WizardView::start()
{
    m_next->setEnabled(false);
    if (!m_state.session.tell(m_summary->start())) {
        refreshButtons();
        return;
    }
    m_state.session.refreshNow();
    shell::Session &session = m_state.session;
    const project::Stage destination = m_summary->destination();
    if (QWidget *focus = QApplication::focusWidget())
        focus->clearFocus();  // or the menu gets it when this goes, and keeps it
    Q_EMIT left();  // deletes this later
    session.showToast(tr("Started. You may close the window: the work goes on."));
    session.goTo(destination);
}

}  // namespace athanor::pages
