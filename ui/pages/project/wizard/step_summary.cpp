#include "core/base/format.h"
#include "core/corpus/recipe.h"
#include "core/model/training_settings.h"
#include "core/workbench/estimate.h"
#include "ui/pages/common/hint_list.h"
#include "ui/pages/common/page_parts.h"
#include "ui/pages/project/objective_words.h"
#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

namespace {

constexpr int kPlanDelayMs = 120;
constexpr double kTeachingRate = 0.0001;  // gentle: the weights know something already
constexpr double kContinuedShare = 0.3;  // of the rate that the run had: it has come to rest at a small one

template <typename T> Status statusOf(const Result<T> &result)
{
    return result ? Status() : Status(fail(result.error()));
}

}  // namespace

SummaryStep::SummaryStep(WizardState &state, QWidget *parent) : WizardStep(state, parent), m_planTimer(new QTimer(this))
{
    auto *layout = new QHBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(style::kGap);
    m_formCard = new style::Card(tr("Training"), tr("five settings that matter"), this);
    layout->addWidget(m_formCard, 5, Qt::AlignTop);
    auto *right = new QVBoxLayout;
    right->setSpacing(style::kGap);
    m_planCard = new style::Card(tr("What it will take"), {}, this);
    m_facts = new style::FactList(m_planCard);
    m_planCard->body()->addWidget(m_facts);
    m_hintCard = new style::Card(tr("Before you start"), {}, this);
    right->addWidget(m_planCard);
    right->addWidget(m_hintCard);
    right->addStretch(1);
    layout->addLayout(right, 4);
    m_planTimer->setSingleShot(true);
    m_planTimer->setInterval(kPlanDelayMs);
    connect(m_planTimer, &QTimer::timeout, this, &SummaryStep::refreshPlan);
}

QString SummaryStep::subtitle() const
{
    if (!m_state.recommendation)
        return {};
    return tr("%1 on %2 · about %3 tokens of text · everything can be changed later")
        .arg(isTeaching() ? m_state.chosenApproach()->model : request().model, m_state.session.projectTitle(), formatCount(static_cast<double>(m_state.recommendation->estimatedTokens)));
}

void SummaryStep::enter()
{
    Result<workbench::Recommendation> made = m_state.session.workbench().recommend(std::max<qint64>(m_state.textBytes(), 1), wishesOf(m_state.objective));
    if (!m_state.session.tell(made))
        return;
    m_state.recommendation = std::move(*made);
    makeForm();
    fillForm();
    fillSources();
    for (QWidget *card : {static_cast<QWidget *>(m_formCard), static_cast<QWidget *>(m_planCard)})
        card->setVisible(!isPreparing());
    refreshPlan();
    if (!m_state.isCounting())
        return;
    for (const WizardSource &source : m_state.sources)  // opened straight from the project page: the count is still on
        connect(source.count, &FolderCount::changed, this, [this] {
            if (m_state.isCounting())
                return;
            if (auto again = m_state.session.workbench().recommend(std::max<qint64>(m_state.textBytes(), 1), wishesOf(m_state.objective)))
                m_state.recommendation = std::move(*again);
            fillSources();
            refreshPlan();
        });
}

void SummaryStep::makeForm()
{
    if (m_form)
        return;
    m_form = new forms::ParameterForm(model::trainingSettings(m_state.session.plugins()), forms::HelpPlacement::Below, m_formCard);
    m_formCard->body()->setSpacing(style::kGap);
    m_formCard->body()->addWidget(m_form);
    m_mixture = new MixtureForm(m_form);
    m_budget = new BudgetWords(m_form);
    m_formCard->body()->addWidget(m_mixture);
    connect(m_form, &forms::ParameterForm::changed, m_planTimer, qOverload<>(&QTimer::start));
}

/// Weights by source, where there is more than one; their sizes are those that the count of the files found.
void SummaryStep::fillSources()
{
    const project::Project &project = m_state.session.project();
    const QHash<QString, QString> names = workbench::sourceNames(project);
    QList<workbench::DatasetSource> sources;
    for (const project::Source &source : project.sources().value_or(QList<project::Source>())) {
        workbench::DatasetSource one{source.id, names.value(source.id), source.location, 0, 0};
        for (const WizardSource &known : std::as_const(m_state.sources))
            if (known.path == source.location && known.count) {
                one.documents = known.count->result().readable;
                one.bytes = known.count->result().textBytes;
            }
        sources += one;
    }
    m_mixture->setSources(sources);
}

bool SummaryStep::isTeaching() const
{
    const workbench::Approach *approach = m_state.chosenApproach();
    return approach && !approach->model.isEmpty();
}

bool SummaryStep::isContinuing() const
{
    const workbench::Approach *approach = m_state.chosenApproach();
    return approach && approach->id == QLatin1String("continue");
}

// Nothing is trained yet: the examples are looked at first.
bool SummaryStep::isPreparing() const
{
    const workbench::Approach *approach = m_state.chosenApproach();
    return approach && approach->id == QLatin1String("fine-tune");
}

// What suits the approach; once for each, so that what the person changed stays.
void SummaryStep::fillForm()
{
    const workbench::Approach *approach = m_state.chosenApproach();
    if (!approach || m_filledFor == approach->id)
        return;
    m_filledFor = approach->id;
    QJsonObject settings = m_state.recommendation->trainingSettings;
    settings.insert(QStringLiteral("budget_kind"), QStringLiteral("time"));
    settings.insert(QStringLiteral("budget"), minutesFor(m_state.objective));
    if (isContinuing()) {
        for (auto it = approach->settings.begin(); it != approach->settings.end(); ++it)
            if (!it.key().startsWith(QLatin1String("budget")))
                settings.insert(it.key(), it.value());
        settings.insert(QStringLiteral("learning_rate"), kContinuedShare * settings.value(QLatin1String("learning_rate")).toDouble());
    } else if (isTeaching()) {
        settings.insert(QStringLiteral("learning_rate"), kTeachingRate);
        const auto base = m_state.session.project().model(approach->model);
        settings.insert(QStringLiteral("sequence"), base ? model::taughtSequence(base->architecture) : 0);
        settings.insert(QStringLiteral("batch"), 4);
    } else if (isSample()) {
        for (const QString &key : workbench::samplePipeline().trainingSettings.keys())
            settings.insert(key, workbench::samplePipeline().trainingSettings.value(key));
    }
    m_form->setValues(settings);
}

void SummaryStep::refreshPlan()
{
    style::clearLayout(m_hintCard->body());
    if (isPreparing()) {
        m_canStart = true;
        m_missing.clear();
        for (const QString &words : {tr("Your examples are read first: each one is shown on the Data page as the model will see it, and those that cannot be used with the reason."),
                                     tr("Then choose “Teach it” on the Architecture page: what learns, for how long, and what it costs.")})
            m_hintCard->body()->addWidget(new style::HintRow(style::Tone::Good, words, {}, m_hintCard));
        Q_EMIT completeChanged();
        return;
    }
    const auto architecture = m_state.session.workbench().architectureOf(request());
    const Status sequence = architecture ? model::checkSequence(m_form->values(), *architecture) : Status();
    m_form->setError(QStringLiteral("sequence"), sequence ? QString() : sequence.error().message + u' ' + sequence.error().hint);
    const Result<model::Plan> plan = m_state.session.workbench().plan(request());
    m_canStart = plan && plan->canStart && m_form->isValid();
    m_missing = m_form->firstError();
    if (!plan) {
        m_missing = plan.error().message;
        m_hintCard->body()->addWidget(new style::HintRow(style::Tone::Bad, plan.error().message + u' ' + plan.error().hint));
        Q_EMIT completeChanged();
        return;
    }
    if (!plan->canStart)
        m_missing = tr("The plan below says why this cannot start.");
    m_budget->setPlan(*plan);
    m_mixture->setRun(workbench::kTypicalBytesPerToken, static_cast<double>(plan->tokens));
    m_facts->set(tr("Parameters"), formatCount(static_cast<double>(plan->accounting.parameters)));
    m_facts->set(tr("Time"), tr("about %1").arg(formatDuration(plan->seconds)));
    m_facts->set(tr("Memory"), tr("%1 of %2").arg(formatMemory(plan->accounting.trainingBytes), formatMemory(machineFacts().memoryBytes)));
    m_facts->set(tr("Disk"), formatBytes(plan->diskBytes));
    m_facts->set(tr("Tokens"), tr("%1, %2 passes over the text").arg(formatCount(static_cast<double>(plan->tokens)), plan->passes < 10 ? formatReal(plan->passes, 2) : formatInteger(qRound64(plan->passes))));
    m_facts->set(tr("Speed"), tr("about %1 tokens/s, %2").arg(formatCount(plan->tokensPerSecond),
                                                              plan->tokensPerSecondMeasured ? tr("measured") : tr("estimated")));
    for (const HintLine &line : hintsOf(*plan))
        m_hintCard->body()->addWidget(new style::HintRow(line.tone, line.text, {}, m_hintCard));
    Q_EMIT completeChanged();
}

Status SummaryStep::start()
{
    if (isPreparing())
        return prepareExamples();
    workbench::PipelineRequest wanted = request();
    if (!isTeaching())
        nameAnew(wanted);
    return statusOf(m_state.session.workbench().startPipeline(wanted));
}

// Examples are looked at before anything is trained on them.
project::Stage SummaryStep::destination() const
{
    return isPreparing() ? project::Stage::Data : project::Stage::Training;
}

Status SummaryStep::prepareExamples()
{
    return statusOf(m_state.session.workbench().curate(QStringLiteral("examples"), corpus::defaultRecordRecipe(m_state.session.plugins())));
}

bool SummaryStep::isSample() const
{
    const Result<QString> sample = workbench::sampleDocumentsFolder();
    return sample && m_state.sources.size() == 1 && m_state.sources.first().path == *sample;
}

// What Start queues: the chosen approach with the settings as they stand now; for the sample, what is known to suit it.
workbench::PipelineRequest SummaryStep::request() const
{
    workbench::PipelineRequest request;
    if (isTeaching()) {
        const workbench::Approach &approach = *m_state.chosenApproach();
        request.base = approach.model;
        request.from = approach.from;
        if (!approach.dataset.isEmpty())
            request.dataset = approach.dataset;
    } else if (isSample()) {
        request = workbench::samplePipeline();
    } else {
        const workbench::Recommendation &advice = *m_state.recommendation;
        request.tokenizerSettings = {{QStringLiteral("vocabulary"), advice.vocabulary}};
        request.model = advice.preset.id;
        request.architecture = advice.preset.architecture;
        request.architectureChoices = advice.preset.choices;
    }
    if (m_form)
        request.trainingSettings = m_form->values();
    request.documentBytes = m_state.textBytes();
    return request;
}

/// Names that nothing has yet.
void SummaryStep::nameAnew(workbench::PipelineRequest &request) const
{
    const project::Project &project = m_state.session.project();
    QStringList models, tokenizers;
    for (const project::Model &model : project.models().value_or(QList<project::Model>()))
        models += model.name;
    for (const project::Tokenizer &tokenizer : project.tokenizers().value_or(QList<project::Tokenizer>()))
        tokenizers += tokenizer.name;
    request.model = freeName(request.model, models);
    request.tokenizer = freeName(request.tokenizer, tokenizers);
}

}  // namespace athanor::pages
