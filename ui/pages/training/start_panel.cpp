#include "ui/pages/training/start_panel.h"

#include "core/base/format.h"
#include "core/model/training_settings.h"
#include "ui/shell/session.h"

namespace athanor::pages {

StartPanel::StartPanel(shell::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_model(new QComboBox), m_dataset(new QComboBox),
      m_fromLabel(style::makeWrappedLabel({}, "note")), m_forgetFrom(style::makeButton(tr("Start from nothing instead"), "link")),
      m_form(new forms::ParameterForm(model::trainingSchema(), forms::HelpPlacement::Below)), m_facts(new style::FactList),
      m_lines(new HintList)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(style::kGap);
    auto *choices = new style::Card(tr("What is trained, and how long"));
    auto *pair = new QHBoxLayout;
    pair->setSpacing(style::kGap);
    pair->addWidget(labelled(tr("Model"), m_model), 1);
    pair->addWidget(labelled(tr("Documents"), m_dataset), 1);
    choices->body()->addLayout(pair);
    choices->body()->addWidget(m_fromLabel);
    choices->body()->addWidget(m_forgetFrom, 0, Qt::AlignLeft);
    choices->body()->addWidget(m_form);
    choices->body()->addStretch(1);
    auto *plan = new style::Card(tr("The plan"), tr("changes with every field"));
    plan->body()->addWidget(m_facts);
    plan->body()->addWidget(m_lines);
    plan->body()->addStretch(1);
    row->addWidget(choices, 3);
    row->addWidget(plan, 2);

    m_form->setUndoStack(&session.undoStack());
    m_delay.setSingleShot(true);
    m_delay.setInterval(60);
    connect(&m_delay, &QTimer::timeout, this, &StartPanel::updatePlan);
    const auto later = [this] { m_delay.start(); };
    connect(m_form, &forms::ParameterForm::changed, this, later);
    connect(m_model, &QComboBox::currentIndexChanged, this, later);
    connect(m_dataset, &QComboBox::currentIndexChanged, this, later);
    connect(m_forgetFrom, &QPushButton::clicked, this, [this] {
        m_from.clear();
        updatePlan();
    });
}

void StartPanel::refresh()
{
    if (!m_session.hasProject())
        return;
    QStringList models;
    if (const auto all = m_session.project().models())
        for (const project::Model &model : *all)
            models += model.name;
    const bool isNew = !models.isEmpty() && m_model->findData(models.first()) < 0;
    fillChoices(m_model, models);
    if (isNew)
        choose(m_model, models.first());
    fillChoices(m_dataset, datasetNames(m_session.project()));
    updatePlan();
}

void StartPanel::chooseModel(const QString &model)
{
    refresh();
    choose(m_model, model);
    updatePlan();
}

void StartPanel::takeOver(const project::Run &run, const QJsonObject &changes, const QString &from)
{
    refresh();
    choose(m_model, run.model);
    choose(m_dataset, run.dataset);
    m_form->setValues(run.parameters.value(QLatin1String("settings")).toObject());
    m_form->setValues(changes);
    m_from = from;
    updatePlan();
}

workbench::RunRequest StartPanel::request() const
{
    workbench::RunRequest request;
    request.model = chosen(m_model);
    request.dataset = chosen(m_dataset);
    request.settings = m_form->values();
    request.from = m_from;
    return request;
}

QString StartPanel::planText() const
{
    return m_facts->value(tr("Takes"));
}

void StartPanel::updatePlan()
{
    m_delay.stop();
    m_fromLabel->setVisible(!m_from.isEmpty());
    m_forgetFrom->setVisible(!m_from.isEmpty());
    m_fromLabel->setText(tr("Goes on from the weights of %1.").arg(m_from.section(QLatin1Char('/'), -1)));
    m_canStart = false;
    if (m_model->count() > 0 && m_dataset->count() > 0 && m_session.hasProject()) {
        const auto plan = m_form->isValid() ? m_session.workbench().plan(request())
                                            : Result<model::Plan>(fail(ErrorCode::InvalidInput, m_form->firstError(), tr("Change the marked field.")));
        if (plan) {
            showPlan(*plan);
        } else {
            m_facts->clear();
            m_lines->setLines({{style::Tone::Bad, plan.error().message + QLatin1Char(' ') + plan.error().hint, {}, {}}});
        }
    }
    Q_EMIT planChanged();
}

void StartPanel::showPlan(const model::Plan &plan)
{
    m_canStart = plan.canStart && !m_session.isReadOnly();
    const MachineFacts machine = machineFacts();
    m_facts->set(tr("Takes"), plan.seconds > 0 ? tr("about %1").arg(formatDuration(plan.seconds)) : tr("not known yet"));
    m_facts->set(tr("Sees"), tr("%1 tokens").arg(formatCount(double(plan.tokens))), {}, formatInteger(plan.tokens));
    if (plan.passes > 0)
        m_facts->set(tr("Passes over the text"), formatReal(plan.passes, 2), plan.passes > 4 ? style::Tone::Attention : style::Tone::Neutral);
    m_facts->set(tr("Speed"), tr("%1 tokens/s, %2").arg(formatCount(plan.tokensPerSecond), plan.tokensPerSecondMeasured ? tr("measured") : tr("estimated")));
    m_facts->set(tr("Memory"), tr("%1 of %2").arg(formatMemory(plan.accounting.trainingBytes), formatMemory(machine.memoryBytes)));
    m_facts->set(tr("Disk"), formatBytes(plan.diskBytes), {}, tr("Checkpoints and prepared tokens; one checkpoint is %1").arg(formatBytes(plan.checkpointBytes)));
    m_lines->setLines(hintsOf(plan));
}

}  // namespace athanor::pages
