#include "core/base/format.h"
#include "core/corpus/recipe.h"
#include "core/model/training_settings.h"
#include "ui/pages/project/objective_words.h"
#include "ui/pages/project/wizard/steps.h"

namespace athanor::pages {

namespace {

constexpr int kPlanDelayMs = 120;
constexpr double kTeachingRate = 0.0001;  // gentle: the weights know something already
constexpr int kTaughtSequence = 512;
constexpr double kContinuedShare = 0.3;  // of the rate that the run had: it has come to rest at a small one

// What the budget of the settings comes to, as the planner takes it.
void applyBudget(const QJsonObject &settings, model::PlanInput &input)
{
    const QString kind = settings.value(QLatin1String("budget_kind")).toString();
    const double budget = settings.value(QLatin1String("budget")).toDouble();
    const double tokensPerStep = static_cast<double>(input.shape.batch * input.shape.context)
                                 * settings.value(QLatin1String("accumulation")).toDouble(1);
    if (kind == QLatin1String("time"))
        input.secondsBudget = budget * 60;
    else if (kind == QLatin1String("passes"))
        input.tokensToTrain = static_cast<qint64>(budget * static_cast<double>(input.trainTokens));
    else if (kind == QLatin1String("steps"))
        input.tokensToTrain = static_cast<qint64>(budget * tokensPerStep);
    else
        input.tokensToTrain = static_cast<qint64>(budget);
}

style::Tone toneOf(model::PlanLine::Level level)
{
    if (level == model::PlanLine::Level::Bad)
        return style::Tone::Bad;
    return level == model::PlanLine::Level::Attention ? style::Tone::Attention : style::Tone::Good;
}

QString freeName(const QString &wanted, const QStringList &taken)
{
    QString name = wanted;
    for (int number = 2; taken.contains(name); ++number)
        name = wanted + QStringLiteral("-%1").arg(number);
    return name;
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
            refreshPlan();
        });
}

void SummaryStep::makeForm()
{
    if (m_form)
        return;
    m_form = new forms::ParameterForm(model::trainingSchema(), forms::HelpPlacement::Below, m_formCard);
    m_formCard->body()->addWidget(m_form);
    connect(m_form, &forms::ParameterForm::changed, m_planTimer, qOverload<>(&QTimer::start));
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
        settings.insert(QStringLiteral("sequence"), kTaughtSequence);
        settings.insert(QStringLiteral("batch"), 4);
    } else if (isSample()) {
        for (const QString &key : workbench::samplePipeline().trainingSettings.keys())
            settings.insert(key, workbench::samplePipeline().trainingSettings.value(key));
    }
    m_form->setValues(settings);
}

// The recommendation's speed, for the settings as they stand now.
Result<model::Plan> SummaryStep::planFor(const QJsonObject &settings) const
{
    const workbench::Recommendation &advice = *m_state.recommendation;
    model::PlanInput input;
    const workbench::PipelineRequest wanted = request();
    if (isTeaching()) {
        ATHANOR_ASSIGN(const project::Model base, m_state.session.project().model(m_state.chosenApproach()->model));
        input.architecture = base.architecture;
    } else {
        ATHANOR_ASSIGN(input.architecture,
                   model::newArchitecture(m_state.session.plugins(), wanted.architecture, wanted.architectureChoices,
                                             wanted.tokenizerSettings.value(QLatin1String("vocabulary")).toInteger()));
    }
    input.machine = machineFacts();
    input.shape.batch = settings.value(QLatin1String("batch")).toInteger(8);
    input.shape.context = input.architecture.value(QLatin1String("dimensions")).toObject().value(QLatin1String("context")).toInteger(256);
    if (const qint64 sequence = settings.value(QLatin1String("sequence")).toInteger(); sequence > 0)
        input.shape.context = std::min(sequence, input.shape.context);
    const QString precision = settings.value(QLatin1String("precision")).toString();
    input.shape.bf16 = precision == QLatin1String("bf16") || (precision == QLatin1String("auto") && input.machine.hasBf16);
    input.trainTokens = advice.estimatedTokens;
    input.tokensPerSecond = 0;
    input.flopsPerSecond = advice.plan.tokensPerSecond * advice.plan.accounting.flopsPerTokenTraining;
    input.freeDiskBytes = QStorageInfo(m_state.session.projectPath()).bytesAvailable();
    applyBudget(settings, input);
    return model::plan(m_state.session.plugins(), input);
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
    const Result<model::Plan> plan = planFor(m_form->values());
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
    m_facts->set(tr("Parameters"), formatCount(static_cast<double>(plan->accounting.parameters)));
    m_facts->set(tr("Time"), tr("about %1").arg(formatDuration(plan->seconds)));
    m_facts->set(tr("Memory"), tr("%1 of %2").arg(formatMemory(plan->accounting.trainingBytes), formatMemory(machineFacts().memoryBytes)));
    m_facts->set(tr("Disk"), formatBytes(plan->diskBytes));
    m_facts->set(tr("Tokens"), tr("%1, %2 passes over the text").arg(formatCount(static_cast<double>(plan->tokens)), plan->passes < 10 ? formatReal(plan->passes, 2) : formatInteger(qRound64(plan->passes))));
    m_facts->set(tr("Speed"), tr("about %1 tokens/s, %2").arg(formatCount(plan->tokensPerSecond),
                                                              plan->tokensPerSecondMeasured ? tr("measured") : tr("estimated")));
    for (const model::PlanLine &line : plan->lines) {
        const QString words = line.action.isEmpty() ? line.text : line.text + QStringLiteral(". ") + line.action;
        m_hintCard->body()->addWidget(new style::HintRow(toneOf(line.level), words, {}, m_hintCard));
    }
    Q_EMIT completeChanged();
}

Status SummaryStep::start()
{
    m_state.trainingSettings = m_form->values();
    const workbench::Approach *approach = m_state.chosenApproach();
    const QString id = approach ? approach->id : QString();
    if (id == QLatin1String("fine-tune"))
        return prepareExamples();
    return isTeaching() ? teach() : startFromScratch();
}

// Examples are looked at before anything is trained on them.
project::Stage SummaryStep::destination() const
{
    return isPreparing() ? project::Stage::Data : project::Stage::Training;
}

Status SummaryStep::teach()
{
    workbench::PipelineRequest request;
    const workbench::Approach &approach = *m_state.chosenApproach();
    request.base = approach.model;
    request.from = approach.from;
    if (!approach.dataset.isEmpty())
        request.dataset = approach.dataset;
    request.documentBytes = m_state.textBytes();
    request.trainingSettings = m_state.trainingSettings;
    ATHANOR_ASSIGN(const workbench::Pipeline started, m_state.session.workbench().startPipeline(request));
    Q_UNUSED(started)
    return {};
}

Status SummaryStep::prepareExamples()
{
    ATHANOR_ASSIGN(const job::Folder started, m_state.session.workbench().curate(QStringLiteral("examples"), corpus::defaultRecordRecipe(m_state.session.plugins())));
    Q_UNUSED(started)
    return {};
}

bool SummaryStep::isSample() const
{
    const Result<QString> sample = workbench::sampleDocumentsFolder();
    return sample && m_state.sources.size() == 1 && m_state.sources.first().path == *sample;
}

// What Start queues: the recommendation, or for the sample the settings that are known to suit it.
workbench::PipelineRequest SummaryStep::request() const
{
    if (isSample())
        return workbench::samplePipeline();
    const workbench::Recommendation &advice = *m_state.recommendation;
    workbench::PipelineRequest request;
    request.tokenizerSettings = {{QStringLiteral("vocabulary"), advice.vocabulary}};
    request.model = advice.preset.id;
    request.architecture = advice.preset.architecture;
    request.architectureChoices = advice.preset.choices;
    return request;
}

Status SummaryStep::startFromScratch()
{
    workbench::Workbench &bench = m_state.session.workbench();
    QStringList models, tokenizers;
    for (const project::Model &model : bench.project().models().value_or(QList<project::Model>()))
        models += model.name;
    for (const project::Tokenizer &tokenizer : bench.project().tokenizers().value_or(QList<project::Tokenizer>()))
        tokenizers += tokenizer.name;
    workbench::PipelineRequest request = this->request();
    request.model = freeName(request.model, models);
    request.tokenizer = freeName(request.tokenizer, tokenizers);
    request.trainingSettings = m_state.trainingSettings;
    request.documentBytes = m_state.textBytes();
    ATHANOR_ASSIGN(const workbench::Pipeline started, bench.startPipeline(request));
    Q_UNUSED(started)
    return {};
}

}  // namespace athanor::pages
