#include "ui/pages/project/overview.h"

#include "core/base/format.h"
#include "ui/pages/common/checkpoint_choice.h"
#include "ui/pages/common/export_dialog.h"
#include "core/workbench/command_lines.h"
#include "ui/pages/project/objective_words.h"

namespace athanor::pages {

using project::Stage;
using project::StageState;

namespace {

style::Tone toneOf(StageState state)
{
    switch (state) {
    case StageState::Done: return style::Tone::Good;
    case StageState::Running: return style::Tone::Active;
    case StageState::OutOfDate: return style::Tone::Attention;
    case StageState::NeedsAttention: return style::Tone::Bad;
    case StageState::Nothing:
    case StageState::Ready: break;
    }
    return style::Tone::Neutral;
}

QString titleOf(Stage stage)
{
    switch (stage) {
    case Stage::Project: return Overview::tr("Project");
    case Stage::Data: return Overview::tr("Data");
    case Stage::Tokenizer: return Overview::tr("Tokenizer");
    case Stage::Architecture: return Overview::tr("Architecture");
    case Stage::Training: return Overview::tr("Training");
    case Stage::Evaluation: return Overview::tr("Evaluation");
    case Stage::Chat: return Overview::tr("Chat");
    }
    return {};
}

}  // namespace

Overview::Overview(shell::Session &session, QWidget *parent) : QWidget(parent), m_session(session)
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *area = new QScrollArea(this);
    area->setWidgetResizable(true);
    auto *body = new QWidget(area);
    body->setProperty("role", QStringLiteral("page-body"));
    area->setWidget(body);
    outer->addWidget(area);
    auto *layout = new QVBoxLayout(body);
    layout->setContentsMargins(style::kPageMargin, 24, style::kPageMargin, 24);
    layout->setSpacing(style::kGap);
    m_header = new style::PageHeader({}, body);
    QPushButton *change = m_header->addButton(tr("Answer the questions again"), tr("What the model is for, its documents and its approach"));
    connect(change, &QPushButton::clicked, this, &Overview::wizardWanted);
    m_export = m_header->addButton(tr("Export…"), tr("The best model so far, for other programs"));
    connect(m_export, &QPushButton::clicked, this, [this] { ExportDialog::open(m_session, m_exportable, this); });
    connect(m_header->setPrimary(tr("Next")), &QPushButton::clicked, this, [this] {
        if (m_next)
            m_next();
    });
    layout->addWidget(m_header);
    auto *figures = new QHBoxLayout;
    figures->setSpacing(12);
    m_documents = new style::ValueCard(tr("Documents kept"), body);
    m_tokenizer = new style::ValueCard(tr("Bytes per token"), body);
    m_model = new style::ValueCard(tr("Parameters"), body);
    m_result = new style::ValueCard(tr("Bits per byte, held out"), body);
    for (style::ValueCard *card : {m_documents, m_tokenizer, m_model, m_result})
        figures->addWidget(card);
    layout->addLayout(figures);
    auto *columns = new QHBoxLayout;
    columns->setSpacing(style::kGap);
    m_stages = new style::Card(tr("What stands where"), {}, body);
    m_objectiveCard = new style::Card(tr("What it is for"), {}, body);
    m_objective = new style::FactList(m_objectiveCard);
    m_objectiveCard->body()->addWidget(m_objective);
    columns->addWidget(m_stages, 3);
    columns->addWidget(m_objectiveCard, 2);
    layout->addLayout(columns);
    m_exports = new ExportsCard(body);
    layout->addWidget(m_exports);
    layout->addStretch(1);
}

bool Overview::hasSources() const
{
    const auto sources = m_session.project().sources();
    return sources && !sources->isEmpty();
}

// The first stage that is not done says what comes next.
Overview::NextAction Overview::nextAction()
{
    if (!hasSources())
        return {tr("Add documents"), [this] { Q_EMIT wizardWanted(); }};
    const bool untouched = m_session.stage(Stage::Data).state == StageState::Ready && m_session.jobs().jobs().isEmpty();
    if (untouched)
        return {tr("Plan and start"), [this] { Q_EMIT planWanted(); }};
    for (const Stage stage : {Stage::Data, Stage::Tokenizer, Stage::Architecture, Stage::Training, Stage::Evaluation}) {
        const StageState state = m_session.stage(stage).state;
        if (state == StageState::Done)
            continue;
        const auto go = [this, stage] { m_session.goTo(stage); };
        if (state == StageState::Running)
            return {tr("Watch: %1").arg(titleOf(stage).toLower()), go};
        if (state == StageState::OutOfDate)
            return {tr("Bring up to date: %1").arg(titleOf(stage).toLower()), go};
        if (state == StageState::NeedsAttention)
            return {tr("Look at: %1").arg(titleOf(stage).toLower()), go};
        return {tr("Next: %1").arg(titleOf(stage).toLower()), go};
    }
    return {tr("Try it"), [this] { m_session.goTo(Stage::Chat); }};
}

void Overview::refresh()
{
    m_header->setTitle(m_session.projectTitle());
    m_header->setSubtitle(objectiveSentence(m_session.project().objective()));
    const NextAction next = nextAction();
    m_next = next.run;
    m_header->setPrimary(next.text)->setEnabled(!m_session.isReadOnly() || m_session.stage(Stage::Data).state != StageState::Nothing);
    m_session.setCommand(QStringLiteral("athanor-cli --project %1 project info").arg(workbench::shellQuoted(m_session.projectPath())));
    refreshFigures();
    refreshStages();
    refreshObjective();
    refreshExports();
}

void Overview::refreshExports()
{
    const QList<CheckpointChoice> choices = checkpointChoices(m_session.project());
    m_exportable = choices.isEmpty() ? QString() : choices.first().path;
    m_export->setVisible(!choices.isEmpty());
    m_export->setEnabled(!m_session.isReadOnly());
    m_exports->setExports(m_session.project().exports().value_or(QList<project::Export>()));
}

void Overview::refreshFigures()
{
    const project::Project &store = m_session.project();
    if (const auto dataset = store.dataset({}); dataset || !store.datasets().value_or(QList<project::Dataset>()).isEmpty()) {
        const project::Dataset newest = dataset ? *dataset : store.datasets()->first();
        m_documents->setValue(formatInteger(newest.kept), tr("%1 removed · %2 unreadable").arg(formatInteger(newest.removed), formatInteger(newest.unreadable)));
    } else {
        m_documents->setValue({}, tr("not prepared yet"));
    }
    const auto tokenizers = store.tokenizers().value_or(QList<project::Tokenizer>());
    if (tokenizers.isEmpty())
        m_tokenizer->setValue({}, tr("no tokenizer yet"));
    else
        m_tokenizer->setValue(std::isfinite(tokenizers.first().bytesPerToken) ? formatReal(tokenizers.first().bytesPerToken, 3) : QString(), tr("vocabulary %1").arg(formatInteger(tokenizers.first().vocabulary)));
    const auto models = store.models().value_or(QList<project::Model>());
    if (models.isEmpty())
        m_model->setValue({}, tr("no model yet"));
    else
        m_model->setValue(formatCount(static_cast<double>(models.first().parameters)), models.first().name);
    m_result->setValue({}, tr("nothing trained yet"));
    for (const project::Run &run : store.runs().value_or(QList<project::Run>()))
        if (std::isfinite(run.bitsPerByte)) {
            const double start = run.facts.value(QLatin1String("startBitsPerByte")).toDouble(std::nan(""));
            m_result->setValue(formatReal(run.bitsPerByte), std::isfinite(start) ? tr("%1 before training").arg(formatReal(start)) : run.title);
            break;
        }
}

void Overview::refreshStages()
{
    style::clearLayout(m_stages->body());
    for (const project::StageStatus &status : m_session.stages()) {
        if (status.stage == Stage::Project)
            continue;
        const QString text = QStringLiteral("%1: %2%3").arg(titleOf(status.stage), status.text.isEmpty() ? tr("nothing yet") : status.text,
                                                            status.hint.isEmpty() ? QString() : QStringLiteral(". ") + status.hint);
        auto *row = new style::HintRow(toneOf(status.state), text, tr("Show"), m_stages);
        connect(row, &style::HintRow::activated, this, [this, stage = status.stage] { m_session.goTo(stage); });
        m_stages->body()->addWidget(row);
    }
    m_stages->body()->addStretch(1);
}

void Overview::refreshObjective()
{
    m_objective->clear();
    const QJsonObject objective = m_session.project().objective();
    for (const auto &[name, value] : objectiveFacts(objective))
        m_objective->set(name, value);
    const auto sources = m_session.project().sources().value_or(QList<project::Source>());
    for (const project::Source &source : sources.mid(0, 4))
        m_objective->set(QFileInfo(source.location).fileName(), source.licence.isEmpty() ? tr("no licence named") : source.licence,
                         source.licence.isEmpty() ? style::Tone::Attention : style::Tone::Neutral, source.location);
    m_objectiveCard->setNote(sources.size() == 1 ? tr("1 source") : tr("%1 sources").arg(sources.size()));
}

}  // namespace athanor::pages
