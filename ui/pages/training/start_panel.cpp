#include "ui/pages/training/start_panel.h"

#include "core/base/format.h"
#include "core/base/graphics.h"
#include "core/model/rules_of_thumb.h"
#include "core/model/schedule_course.h"
#include "core/model/training_settings.h"
#include "ui/pages/training/rate_dialog.h"
#include "ui/pages/training/sweep_dialog.h"
#include "ui/plots/course_line.h"
#include "ui/plots/stacked_bar.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

constexpr int kDelayMs = 60, kLongDelayMs = 300;

constexpr char kLearningRate[] = "learning_rate";
constexpr double kFarOff = 3;  // times the rate that suits
constexpr int kCoursePoints = 201;
constexpr int kPartGap = 14;
constexpr int kNoSeries = 4;  // beyond the colours of series: the quiet one

/// Weights that know something want gentle steps; an adapter, which begins at nothing, bolder ones (Hu et al. 2021). The
/// figures are AdamW's; `usual` is the chosen optimizer's default from scratch, `usualOfAll` that of most.
double suitableRate(bool hasWeights, const QString &learns, double usual, double usualOfAll)
{
    if (!hasWeights)
        return usual;
    const double gentle = learns == QLatin1String("adapter") ? 0.0003 : learns == QLatin1String("head") ? 0.001 : 0.0001;
    return QString::number(gentle * usual / usualOfAll, 'g', 2).toDouble();
}

/// The largest first; what hardly counts goes together.
QList<plots::BarPart> memoryParts(const model::Accounting &accounting)
{
    constexpr double kSmall = 0.02;
    QList<model::MemoryPart> all = accounting.memory;
    std::stable_sort(all.begin(), all.end(), [](const model::MemoryPart &a, const model::MemoryPart &b) { return a.bytes > b.bytes; });
    QList<plots::BarPart> parts;
    double rest = 0;
    for (const model::MemoryPart &part : std::as_const(all)) {
        if (part.bytes < kSmall * double(accounting.trainingBytes))
            rest += part.bytes;
        else
            parts += {part.name, part.bytes, formatMemory(qint64(part.bytes)), -1};
    }
    if (rest >= 1)
        parts += {StartPanel::tr("the rest"), rest, formatMemory(qint64(rest)), kNoSeries};
    return parts;
}

/// The newest version of each dataset.
QList<project::Dataset> newestDatasets(const project::Project &project)
{
    QList<project::Dataset> newest;
    QStringList names;
    for (const project::Dataset &dataset : project.datasets().value_or(QList<project::Dataset>()))
        if (!names.contains(dataset.name)) {
            names += dataset.name;
            newest += dataset;
        }
    return newest;
}

}  // namespace

StartPanel::StartPanel(shell::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_model(new QComboBox), m_dataset(new QComboBox),
      m_fromLabel(style::makeWrappedLabel({}, "note")), m_forgetFrom(style::makeButton(tr("Start from nothing instead"), "link")),
      m_teaching(new TeachingForm), m_form(new forms::ParameterForm(model::trainingSettings(session.plugins()), forms::HelpPlacement::Below)),
      m_findRate(style::makeButton(tr("Find a learning rate…"), "link")), m_trySeveral(style::makeButton(tr("Try several settings…"), "link")),
      m_mixture(new MixtureForm(m_form)), m_budget(new BudgetWords(m_form)), m_facts(new style::FactList), m_memory(new plots::StackedBar), m_lines(new HintList),
      m_largest(style::makeButton(tr("Largest batch that fits"), "link")), m_measure(style::makeButton(tr("Measure it here"), "link")),
      m_probe(new JobFollower(this)), m_course(new plots::CourseLine)
{
    auto *row = new QHBoxLayout(this);
    row->setContentsMargins(0, 0, 0, 0);
    row->setSpacing(style::kGap);
    row->addWidget(makeChoices(), 3);
    row->addWidget(makePlan(), 2);
    offerWhatCanBeUsed();
    m_form->setUndoStack(&session.undoStack());
    m_teaching->setUndoStack(&session.undoStack());
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &StartPanel::updatePlan);
    const auto later = [this] { m_delay.start(); };
    connect(m_form, &forms::ParameterForm::changed, this, later);
    connect(m_form, &forms::ParameterForm::valueChanged, this, [this](const QString &key) {
        if (key == QLatin1String("optimizer"))
            suggestSettings();
    });
    connect(m_dataset, &QComboBox::currentIndexChanged, this, later);
    connect(m_model, &QComboBox::currentIndexChanged, this, &StartPanel::onModel);
    connect(m_model, &QComboBox::activated, this, [this] {  // a model that the person chooses starts from its own weights
        if (m_from.isEmpty())
            return;
        m_from.clear();
        onModel();
        updatePlan();
    });
    connect(m_teaching, &TeachingForm::kindChanged, this, &StartPanel::fillDatasets);
    connect(m_teaching, &TeachingForm::changed, this, [this] {
        // Counting what examples teach takes longer than arithmetic: wait until the person has stopped typing.
        m_delay.setInterval(m_teaching->kind() == QLatin1String("documents") ? kDelayMs : kLongDelayMs);
        suggestSettings();
        m_delay.start();
    });
    connect(m_teaching, &TeachingForm::examplesWanted, this, [this] { Q_EMIT examplesWanted(m_teaching->kind() != QLatin1String("documents")); });
    connect(m_forgetFrom, &QPushButton::clicked, this, [this] {
        m_from.clear();
        onModel();
        updatePlan();
    });
}

/// Without a graphics card that this installation can compute on, nothing of one is offered.
void StartPanel::offerWhatCanBeUsed()
{
    if (!usableGraphicsCards().isEmpty())
        return;
    for (const auto &[key, value] : {std::pair("device", "cuda"), std::pair("precision", "f16")})
        if (auto *box = qobject_cast<QComboBox *>(m_form->editor(QString::fromLatin1(key))))
            box->removeItem(box->findData(QString::fromLatin1(value)));
}

QWidget *StartPanel::makeChoices()
{
    auto *choices = new style::Card(tr("What is trained, and how long"));
    auto *pair = new QHBoxLayout;
    pair->setSpacing(style::kGap);
    pair->addWidget(labelled(tr("Model"), m_model), 1);
    QWidget *dataset = labelled(tr("Documents"), m_dataset, tr("The dataset: documents, or records for examples and labels"));
    m_datasetLabel = dataset->findChild<QLabel *>();
    pair->addWidget(dataset, 1);
    for (QComboBox *box : {m_model, m_dataset})
        style::letShrink(box);
    choices->body()->setSpacing(kPartGap);
    choices->body()->addLayout(pair);
    choices->body()->addWidget(m_fromLabel);
    choices->body()->addWidget(m_forgetFrom, 0, Qt::AlignLeft);
    choices->body()->addWidget(m_teaching);
    choices->body()->addWidget(m_mixture);
    choices->body()->addWidget(m_form);
    choices->body()->addWidget(makeTrials());
    choices->body()->addStretch(1);
    return choices;
}

/// Small first, then large.
QWidget *StartPanel::makeTrials()
{
    auto *trials = new QWidget;
    auto *row = new QHBoxLayout(trials);
    row->setContentsMargins(0, 0, 0, 0);
    row->addWidget(m_findRate);
    row->addWidget(m_trySeveral);
    row->addStretch(1);
    connect(m_findRate, &QPushButton::clicked, this, &StartPanel::findRate);
    connect(m_trySeveral, &QPushButton::clicked, this, &StartPanel::trySeveral);
    return trials;
}

QWidget *StartPanel::makePlan()
{
    auto *plan = new style::Card(tr("The plan"), tr("changes with every field"));
    plan->body()->setSpacing(kPartGap);
    plan->body()->addWidget(m_facts);
    m_memoryRow = labelled(tr("What needs the memory"), m_memory, tr("By the formulas, at its peak"));
    plan->body()->addWidget(m_memoryRow);
    plan->body()->addWidget(m_lines);
    m_largest->setToolTip(tr("Fills “Sequences at once” with as many as fit in the memory that is free now"));
    m_measure->setToolTip(tr("A few steps of this very run: ten to thirty seconds, then time and memory are known"));
    auto *ways = new QHBoxLayout;
    ways->addWidget(m_largest);
    ways->addWidget(m_measure);
    ways->addStretch(1);
    plan->body()->addLayout(ways);
    connect(m_largest, &QPushButton::clicked, this, &StartPanel::useLargestBatch);
    connect(m_measure, &QPushButton::clicked, this, &StartPanel::measure);
    connect(m_probe, &JobFollower::settled, this, &StartPanel::updatePlan);
    plan->body()->addWidget(labelled(tr("Learning rate over the run"), m_course, tr("Learning rate by step: at first, at its peak, at the end")));
    plan->body()->addStretch(1);
    return plan;
}

std::optional<project::Model> StartPanel::model() const
{
    if (!m_session.hasProject())
        return std::nullopt;
    const auto found = m_session.project().model(chosen(m_model));
    return found ? std::optional(*found) : std::nullopt;
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
    onModel();
    updatePlan();
}

void StartPanel::chooseModel(const QString &model)
{
    if (model != chosen(m_model))
        m_from.clear();
    refresh();
    choose(m_model, model);
    updatePlan();
}

void StartPanel::chooseDataset(const QString &dataset)
{
    if (const auto found = m_session.project().dataset(dataset))
        m_teaching->setKind(teachesWhat(*found));
    choose(m_dataset, dataset);
    updatePlan();
}

/// What can be taught depends on the model's weights and on the datasets that there are.
void StartPanel::onModel()
{
    const auto chosenModel = model();
    const bool hasWeights = !m_from.isEmpty() || (chosenModel && !chosenModel->base.isEmpty());
    QStringList offered;
    for (const project::Dataset &dataset : newestDatasets(m_session.project()))
        offered += teachesWhat(dataset);
    m_teaching->setHasWeights(hasWeights);
    m_teaching->setOffered(offered);
    const bool onlyDocuments = offered.count(QStringLiteral("documents")) == offered.size();
    if (!hasWeights && onlyDocuments)
        m_teaching->setKind(QStringLiteral("documents"));
    m_teaching->setVisible(hasWeights || !onlyDocuments);
    fillDatasets();
    suggestSettings();
    m_delay.start();
}

void StartPanel::fillDatasets()
{
    QStringList names;
    for (const project::Dataset &dataset : newestDatasets(m_session.project()))
        if (teachesWhat(dataset) == m_teaching->kind())
            names += dataset.name;
    fillChoices(m_dataset, names);
    const QString words = m_teaching->kind() == QLatin1String("documents") ? tr("Documents") : m_teaching->kind() == QLatin1String("labels") ? tr("Labelled texts") : tr("Examples");
    m_datasetLabel->setText(words);
    m_dataset->setAccessibleName(words);
    m_delay.start();
}

/// Counting the sources of a large dataset takes a moment, so once for each.
void StartPanel::fillSources()
{
    const auto dataset = m_session.project().dataset(chosen(m_dataset));
    const QString corpus = dataset ? dataset->corpusSha256 : QString();
    if (corpus == m_sourcesOf)
        return;
    m_sourcesOf = corpus;
    m_mixture->setSources(dataset ? workbench::datasetSources(m_session.project(), *dataset).value_or(QList<workbench::DatasetSource>())
                                 : QList<workbench::DatasetSource>());
}

/// Values that suit going on from weights, as long as the person has not chosen others.
void StartPanel::suggestSettings()
{
    const auto chosenModel = model();
    const bool hasWeights = !m_from.isEmpty() || (chosenModel && !chosenModel->base.isEmpty());
    const QJsonObject defaults = m_form->schema().defaults();
    const double usualOfAll = model::trainingSettings(m_session.plugins()).plain().defaults().value(QLatin1String(kLearningRate)).toDouble();
    const double usual = defaults.value(QLatin1String(kLearningRate)).toDouble();
    const qint64 sequence = hasWeights && chosenModel ? model::taughtSequence(chosenModel->architecture) : 0;
    QJsonObject wanted{{QString::fromLatin1(kLearningRate), suitableRate(hasWeights, m_teaching->learns(), usual, usualOfAll)},
                       {QStringLiteral("sequence"), sequence},
                       {QStringLiteral("batch"), sequence > 0 ? 4 : defaults.value(QLatin1String("batch")).toInt()}};
    const QJsonObject now = m_form->values();
    QJsonObject set;
    for (auto it = wanted.begin(); it != wanted.end(); ++it) {
        const QJsonValue before = m_suggested.contains(it.key()) ? m_suggested.value(it.key()) : defaults.value(it.key());
        if (now.value(it.key()) == before && *it != before)
            set.insert(it.key(), *it);
    }
    m_suggested = wanted;
    if (!set.isEmpty())
        m_form->setValues(set);
    noteRate();
}

/// Optimizers differ by powers of ten in the learning rate that suits them: one that was typed for another is pointed out.
void StartPanel::noteRate()
{
    const auto chosenModel = model();
    const bool hasWeights = !m_from.isEmpty() || (chosenModel && !chosenModel->base.isEmpty());
    const double suits = m_suggested.value(QLatin1String(kLearningRate)).toDouble();
    const double now = m_form->values().value(QLatin1String(kLearningRate)).toDouble();
    const bool isFarOff = suits > 0 && (now > kFarOff * suits || now * kFarOff < suits);
    m_form->setNote(QString::fromLatin1(kLearningRate), isFarOff ? tr("usual here: %1").arg(plugin::valueText(suits))
                                                      : hasWeights ? tr("gentle: it knows something already") : QString());
}

void StartPanel::showCourse()
{
    m_course->setValues(model::scheduleCourse(m_session.plugins(), m_form->values(), kCoursePoints).value_or(std::vector<double>()));
}

void StartPanel::takeOver(const project::Run &run, const QJsonObject &changes, const QString &from)
{
    m_from = from;
    refresh();
    choose(m_model, run.model);
    m_teaching->setValues(run.parameters.value(QLatin1String("teaching")).toObject(), run.parameters.value(QLatin1String("adapter")).toObject(),
                          run.parameters.value(QLatin1String("learns")).toString());
    choose(m_dataset, run.dataset);
    m_form->setValues(run.parameters.value(QLatin1String("settings")).toObject());
    m_form->setValues(changes);
    updatePlan();
}

workbench::RunRequest StartPanel::request() const
{
    workbench::RunRequest request;
    request.model = chosen(m_model);
    request.dataset = chosen(m_dataset);
    request.settings = m_form->values();
    request.from = m_from;
    request.teaching = m_teaching->teaching();
    request.adapter = m_teaching->adapter();
    request.learns = m_teaching->learns();
    return request;
}

void StartPanel::findRate()
{
    RateDialog *dialog = RateDialog::open(m_session, request(), this);
    connect(dialog, &RateDialog::rateChosen, this, [this](double rate) { m_form->setValues({{QString::fromLatin1(kLearningRate), rate}}); });
}

void StartPanel::trySeveral()
{
    connect(SweepDialog::open(m_session, request(), this), &SweepDialog::started, this, &StartPanel::sweepStarted);
}

QString StartPanel::planText() const
{
    return m_facts->value(tr("Takes"));
}

/// Why there is no plan; empty when there can be one.
QString StartPanel::problem()
{
    const auto chosenModel = model();
    const Status sequence = chosenModel ? model::checkSequence(m_form->values(), chosenModel->architecture) : Status();
    for (const auto &[key, checked] : {std::pair("groups", m_session.workbench().checkGroups(request())), std::pair("sequence", sequence)})
        m_form->setError(QString::fromLatin1(key), checked ? QString() : checked.error().message + QLatin1Char(' ') + checked.error().hint);
    if (!m_form->isValid())
        return m_form->firstError();
    if (const QString error = m_teaching->firstError(); !error.isEmpty())
        return error;
    return m_dataset->count() == 0 ? tr("There is nothing of this kind to learn from yet.") : QString();
}

void StartPanel::updatePlan()
{
    m_delay.stop();
    noteRate();
    showCourse();
    const auto chosenModel = m_session.hasProject() ? model() : std::nullopt;
    const bool goesOn = !m_from.isEmpty();
    m_fromLabel->setVisible(goesOn || (chosenModel && !chosenModel->base.isEmpty()));
    m_forgetFrom->setVisible(goesOn);
    m_forgetFrom->setText(chosenModel && !chosenModel->base.isEmpty() ? tr("Start from the model as it came instead") : tr("Start from nothing instead"));
    m_fromLabel->setText(goesOn ? tr("Goes on from the weights of %1.").arg(m_from.section(QLatin1Char('/'), -1)) : tr("Goes on from the weights that the model came with."));
    m_canStart = false;
    if (m_session.hasProject())
        fillSources();
    if (m_model->count() > 0 && m_session.hasProject()) {
        const QString why = problem();
        const auto plan = why.isEmpty() ? m_session.workbench().plan(request())
                                        : Result<model::Plan>(fail(ErrorCode::InvalidInput, why, {}));
        if (plan) {
            m_mixture->setRun(workbench::bytesPerToken(m_session.project(), chosenModel->tokenizer), double(plan->tokens));
            m_budget->setPlan(*plan);
            showPlan(*plan);
        } else {
            m_facts->clear();
            m_memoryRow->hide();
            showProblem(plan.error());
        }
    }
    m_measure->setEnabled(m_canStart && !m_probe->isRunning());
    m_measure->setText(m_probe->isRunning() ? tr("Measuring …") : tr("Measure it here"));
    for (QPushButton *trial : {m_findRate, m_trySeveral})
        trial->setEnabled(m_canStart);
    Q_EMIT planChanged();
}

void StartPanel::showProblem(const Error &error)
{
    m_lines->setLines({{style::Tone::Bad, (error.message + QLatin1Char(' ') + error.hint).trimmed(), {}, {}}});
}

void StartPanel::useLargestBatch()
{
    const auto largest = m_session.workbench().largestBatch(request());
    if (!largest) {
        showProblem(largest.error());
        return;
    }
    m_form->setValues({{QStringLiteral("batch"), largest->batch}});
    updatePlan();
}

void StartPanel::measure()
{
    const auto job = m_session.workbench().measureRun(request());
    if (m_session.tell(job))
        m_probe->followStarted(m_session.projectPath(), job->spec().id);
    updatePlan();
}

void StartPanel::showPlan(const model::Plan &plan)
{
    m_canStart = plan.canStart && !m_session.isReadOnly();
    const MachineFacts machine = machineFacts();
    m_facts->set(tr("Takes"), plan.seconds > 0 ? tr("about %1").arg(formatDuration(plan.seconds)) : tr("not known yet"));
    m_facts->set(tr("Sees"), tr("%1 tokens").arg(formatCount(double(plan.tokens))), {}, formatInteger(plan.tokens));
    if (plan.passes > 0)
        m_facts->set(tr("Passes over the text"), formatReal(plan.passes, 2), plan.passes > model::kUsefulPasses ? style::Tone::Attention : style::Tone::Neutral);
    m_facts->set(tr("Speed"), tr("%1 tokens/s, %2").arg(formatCount(plan.tokensPerSecond), plan.tokensPerSecondMeasured ? tr("measured") : tr("estimated")));
    const bool isOnCard = m_form->values().value(QLatin1String("device")).toString() == QLatin1String("cuda");
    m_facts->set(tr("Memory"), (isOnCard ? tr("%1 of the card's %2") : tr("%1 of %2"))
                                   .arg(formatMemory(plan.accounting.trainingBytes),
                                        formatMemory(isOnCard ? usableGraphicsCards().value(0).memoryBytes : machine.memoryBytes)), {},
                 tr("By the formulas: %1").arg(model::memoryText(plan.accounting)));
    m_memory->setParts(memoryParts(plan.accounting));
    m_memoryRow->show();
    m_facts->set(tr("Disk"), formatBytes(plan.diskBytes), {}, tr("Checkpoints and prepared tokens; one checkpoint is %1").arg(formatBytes(plan.checkpointBytes)));
    m_lines->setLines(hintsOf(plan));
}

}  // namespace athanor::pages
