#include "ui/pages/architecture/architecture_page.h"

#include "core/base/format.h"
#include "core/model/training_settings.h"
#include "core/workbench/command_lines.h"
#include "ui/shell/session.h"

#include <QMenu>

namespace athanor::pages {

namespace {

constexpr char kDefaultPreset[] = "small-13M";
constexpr int kDelayMs = 40;

QVBoxLayout *columnOf(QWidget *widget)
{
    auto *column = new QVBoxLayout(widget);
    column->setContentsMargins(0, 0, 0, 0);
    column->setSpacing(style::kGap);
    return column;
}

}  // namespace

ArchitecturePage::ArchitecturePage(shell::Session &session, QWidget *parent)
    : ScrollPage(session, parent), m_header(new style::PageHeader(tr("Architecture"))), m_error(new ErrorPanel),
      m_presets(new QMenu(this)), m_presetsButton(m_header->addButton(tr("Presets"), tr("Sizes that are known to work, from 1 M to 1 B parameters"))),
      m_measureButton(m_header->addButton(tr("Measure speed"), tr("Trains a few steps of this architecture to see how fast this machine is; at most ten seconds"))),
      m_probe(new JobFollower(this))
{
    m_presetsButton->setMenu(m_presets);
    content()->addWidget(m_header);
    content()->addWidget(m_error);
    auto *pair = new QWidget;
    auto *pairRow = new QHBoxLayout(pair);
    pairRow->setContentsMargins(0, 0, 0, 0);
    pairRow->setSpacing(style::kGap);
    // In a narrow window the drawing goes below: the live figures stay beside the fields.
    auto *columns = new SideBySide(900, QBoxLayout::BottomToTop);
    columns->add(makeDiagramCard(), 7);
    pairRow->addWidget(makeFormCard(), 1);
    pairRow->addWidget(makeCostColumn(), 1);
    columns->add(pair, 12);
    content()->addWidget(columns, 1);
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &ArchitecturePage::recompute);
    connect(m_header->setPrimary(tr("Use for training"), tr("Keeps this model in the project and goes on to training")),
            &QPushButton::clicked, this, &ArchitecturePage::useForTraining);
    connect(m_measureButton, &QPushButton::clicked, this, &ArchitecturePage::measure);
    connect(m_error, &ErrorPanel::activated, this, [this] { this->session().goTo(project::Stage::Tokenizer); });
    connect(m_probe, &JobFollower::changed, this, &ArchitecturePage::updateHeader);
    connect(m_probe, &JobFollower::settled, this, &ArchitecturePage::recompute);
}

QWidget *ArchitecturePage::makeDiagramCard()
{
    auto *card = new style::Card(tr("How it is built"), tr("from text to the next token"));
    m_diagram = new ArchitectureDiagram(session().plugins());
    auto *area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setMinimumHeight(320);
    area->setMinimumWidth(250);
    area->setWidget(m_diagram);
    m_diagram->setAutoFillBackground(false);
    card->body()->addWidget(area, 1);
    m_layerText = style::makeWrappedLabel(tr("Choose a layer to see what it does."), "note");
    m_layerText->setTextFormat(Qt::RichText);
    card->body()->addWidget(m_layerText);
    connect(m_diagram, &ArchitectureDiagram::selectionChanged, this, &ArchitecturePage::showLayer);
    return card;
}

QWidget *ArchitecturePage::makeFormCard()
{
    auto *card = new style::Card(tr("Your choices"), tr("every figure changes with them"));
    m_name = new QLineEdit;
    m_architecture = new QComboBox;
    m_tokenizer = new QComboBox;
    m_formPlace = new QVBoxLayout;
    auto *inner = new QWidget;
    QVBoxLayout *column = columnOf(inner);
    column->setSpacing(10);
    column->setContentsMargins(0, 0, 8, 0);
    column->addWidget(labelled(tr("Name"), m_name));
    column->addWidget(labelled(tr("Family"), m_architecture));
    column->addWidget(labelled(tr("Tokenizer"), m_tokenizer, tr("Its vocabulary decides the size of the embedding and the head")));
    column->addLayout(m_formPlace);
    column->addStretch(1);
    auto *area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setMinimumWidth(220);
    area->setWidget(inner);
    inner->setAutoFillBackground(false);
    card->body()->addWidget(area, 1);
    connect(m_architecture, &QComboBox::currentIndexChanged, this, [this] { m_preset.clear(); makeForm(); });
    connect(m_tokenizer, &QComboBox::currentIndexChanged, this, [this] { m_delay.start(); });
    connect(m_name, &QLineEdit::textEdited, this, &ArchitecturePage::updateHeader);
    return card;
}

QWidget *ArchitecturePage::makeCostColumn()
{
    auto *side = new QWidget;
    QVBoxLayout *column = columnOf(side);
    auto *costCard = new style::Card(tr("What it costs"), tr("live"));
    m_costs = new style::FactList;
    costCard->body()->addWidget(m_costs);
    auto *partsCard = new style::Card(tr("Where the parameters are"));
    m_parts = new plots::StackedBar;
    m_partsHint = style::makeWrappedLabel({}, "note");
    partsCard->body()->addWidget(m_parts);
    partsCard->body()->addWidget(m_partsHint);
    auto *startCard = new style::Card(tr("Before you start"));
    m_lines = new HintList;
    startCard->body()->addWidget(m_lines);
    startCard->body()->addStretch(1);
    column->addWidget(costCard);
    column->addWidget(partsCard);
    column->addWidget(startCard, 1);
    side->setMinimumWidth(230);
    return side;
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

void ArchitecturePage::fillArchitectures()
{
    QStringList titles, ids;
    for (const plugin::Metadata *family : session().plugins().ofKind(QStringLiteral("architecture"))) {
        titles += family->title;
        ids += family->id;
    }
    fillChoices(m_architecture, titles, ids);
}

void ArchitecturePage::refresh()
{
    if (!session().hasProject())
        return;
    QStringList names;
    if (const auto tokenizers = session().project().tokenizers())
        for (const project::Tokenizer &tokenizer : *tokenizers)
            if (!names.contains(tokenizer.name))
                names += tokenizer.name;
    fillChoices(m_tokenizer, names);
    if (!m_filled) {
        m_filled = true;
        fillPresets();
        fillArchitectures();
        showChosen();
    }
    const shell::JobView *probe = session().jobs().newestOf(QStringLiteral("probe"));
    m_probe->follow(session().projectPath(), probe ? probe->spec.id : QString());
    recompute();
}

/// What the project last used, or the size that the wizard recommends, or the usual first size.
void ArchitecturePage::showChosen()
{
    if (const auto models = session().project().models(); models && !models->isEmpty()) {
        showModel(models->first());
        return;
    }
    const auto dataset = currentDataset(session().project());
    if (dataset) {
        const qint64 bytes = dataset->facts.value(QLatin1String("splits")).toObject().value(QLatin1String("train")).toObject().value(QLatin1String("bytes")).toInteger();
        if (const auto recommendation = session().workbench().recommend(bytes); recommendation && !recommendation->preset.id.isEmpty()) {
            usePreset(recommendation->preset.id);
            return;
        }
    }
    usePreset(QString::fromLatin1(kDefaultPreset));
}

void ArchitecturePage::open(const QJsonObject &argument)
{
    refresh();
    if (argument.contains(QLatin1String("preset")))
        usePreset(argument.value(QLatin1String("preset")).toString());
    if (argument.contains(QLatin1String("model")))
        if (const auto model = session().project().model(argument.value(QLatin1String("model")).toString()))
            showModel(*model);
}

void ArchitecturePage::usePreset(const QString &id)
{
    const QList<model::Preset> all = model::presets(session().plugins());
    const auto found = std::find_if(all.begin(), all.end(), [&](const model::Preset &preset) { return preset.id == id; });
    if (found == all.end()) {
        makeForm();
        return;
    }
    choose(m_architecture, found->architecture);
    makeForm();
    if (m_form)
        m_form->setValues(found->choices);
    m_name->setText(found->id);
    m_preset = found->id;
    recompute();
}

void ArchitecturePage::showModel(const project::Model &model)
{
    choose(m_architecture, model.architecture.value(QLatin1String("architecture")).toString());
    makeForm();
    if (m_form) {
        m_form->setValues(model.architecture.value(QLatin1String("dimensions")).toObject());
        m_form->setValues(model.architecture.value(QLatin1String("choices")).toObject());
    }
    choose(m_tokenizer, model.tokenizer);
    m_name->setText(model.name);
    recompute();
}

void ArchitecturePage::makeForm()
{
    delete std::exchange(m_form, nullptr);
    const plugin::Metadata *family = session().plugins().find(chosen(m_architecture));
    if (!family)
        return;
    m_form = new forms::ParameterForm(family->parameters, forms::HelpPlacement::AtFoot);
    m_form->setUndoStack(&session().undoStack());
    m_formPlace->addWidget(m_form);
    connect(m_form, &forms::ParameterForm::changed, this, [this] {
        m_preset.clear();
        m_delay.start();
    });
    m_delay.start();
}

qint64 ArchitecturePage::vocabulary() const
{
    const auto tokenizer = session().project().tokenizer(chosen(m_tokenizer));
    return tokenizer ? tokenizer->vocabulary : 8192;
}

void ArchitecturePage::recompute()
{
    m_delay.stop();
    if (!session().hasProject() || !m_form)
        return;
    const auto fails = [this](const Error &error) {
        m_expanded = {};
        m_error->present(error);
        updateHeader();
    };
    if (!m_form->isValid())
        return fails({ErrorCode::InvalidInput, m_form->firstError(), tr("Change the marked field."), {}});
    const auto expanded = model::expandArchitecture(session().plugins(), chosen(m_architecture), m_form->values(), vocabulary());
    if (!expanded)
        return fails(expanded.error());
    const auto dataset = currentDataset(session().project());
    const auto plan = session().workbench().planArchitecture(*expanded, chosen(m_tokenizer), dataset ? dataset->name : QString(), {});
    if (!plan)
        return fails(plan.error());
    m_expanded = *expanded;
    m_parameters = plan->accounting.parameters;
    m_diagram->setArchitecture(m_expanded);
    showCosts(*plan);
    showParts(plan->accounting);
    m_lines->setLines(hintsOf(*plan));
    if (m_tokenizer->count() == 0)
        m_error->present(tr("There is no tokenizer yet, so the figures count with a vocabulary of 8,192."),
                         tr("Train or import a tokenizer; its vocabulary decides the size of the embedding."), style::Tone::Attention, tr("Go to Tokenizer"));
    else
        m_error->dismiss();
    updateHeader();
}

void ArchitecturePage::showCosts(const model::Plan &plan)
{
    const model::Accounting &cost = plan.accounting;
    const MachineFacts machine = machineFacts();
    m_costs->set(tr("Parameters"), formatCount(double(cost.parameters)), {}, formatInteger(cost.parameters));
    m_costs->set(tr("FLOPs per token, training"), formatCount(cost.flopsPerTokenTraining), {}, tr("Floating-point operations, forward and backward: 6 per parameter, and attention"));
    const bool fits = cost.trainingBytes < machine.memoryBytes;
    m_costs->set(tr("Memory, training"), tr("%1 of %2").arg(formatMemory(cost.trainingBytes), formatMemory(machine.memoryBytes)),
                 fits ? style::Tone::Neutral : style::Tone::Bad, tr("Weights, their copies, gradients, the optimizer's state and activations"));
    const qint64 context = m_expanded.value(QLatin1String("dimensions")).toObject().value(QLatin1String("context")).toInteger();
    m_costs->set(tr("Memory, generating"), tr("%1 at %2 tokens").arg(formatMemory(cost.generatingBytes), formatInteger(context)), {}, tr("Weights and the cache of keys and values"));
    const QJsonObject measured = m_probe->summary().result.value(QLatin1String("tokensPerSecond")).toObject();
    const bool isSame = m_probe->hasJob() && m_probe->folder()->spec().parameters.value(QLatin1String("architecture")).toObject().value(QLatin1String("dimensions")) == m_expanded.value(QLatin1String("dimensions"));
    const double best = std::max(measured.value(QLatin1String("f32")).toDouble(), measured.value(QLatin1String("bf16")).toDouble());
    if (isSame && best > 0)
        m_costs->set(tr("Speed here"), tr("%1 tokens/s, measured").arg(formatCount(best)));
    else
        m_costs->set(tr("Speed here"), plan.tokensPerSecond > 0 ? tr("≈ %1 tokens/s, %2").arg(formatCount(plan.tokensPerSecond), plan.tokensPerSecondMeasured ? tr("measured") : tr("estimated")) : tr("not known yet"));
    m_costs->set(tr("Tokens that suit it"), tr("%1 (20 per parameter)").arg(formatCount(double(cost.suitableTokens))), {}, tr("Hoffmann et al. 2022"));
    const double have = plan.passes > 0 ? double(plan.tokens) / plan.passes : 0;
    if (have <= 0)
        m_costs->set(tr("You have"), tr("no documents yet"), style::Tone::Attention);
    else if (const double factor = double(cost.suitableTokens) / have; factor > 2)
        m_costs->set(tr("You have"), tr("%1: %2 × too few").arg(formatCount(have), formatInteger(qint64(factor + 0.5))), style::Tone::Attention);
    else
        m_costs->set(tr("You have"), tr("%1: enough").arg(formatCount(have)), style::Tone::Good);
}

void ArchitecturePage::showParts(const model::Accounting &accounting)
{
    QList<plots::BarPart> parts;
    double embedding = 0;
    for (const model::PartCost &part : accounting.parts) {
        if (part.parameters <= 0)
            continue;
        const double share = double(part.parameters) / double(std::max<qint64>(1, accounting.parameters));
        if (part.name == QLatin1String("embedding"))
            embedding = share;
        parts += {part.name, double(part.parameters), QStringLiteral("%1 %").arg(formatReal(100 * share, 2)), -1};
    }
    m_parts->setParts(parts);
    if (embedding > 0.25 && vocabulary() > 2048)
        m_partsHint->setText(tr("The embedding holds %1 % of the parameters, which is much for this size: a tokenizer with half the vocabulary would train faster.").arg(formatReal(100 * embedding, 2)));
    else
        m_partsHint->setText(tr("A balanced model keeps most of its parameters in the feed-forward layers."));
}

void ArchitecturePage::showLayer(int box)
{
    if (box < 0 || box >= m_diagram->diagram().boxes.size()) {
        m_layerText->setText(tr("Choose a layer to see what it does."));
        return;
    }
    const DiagramBox &layer = m_diagram->diagram().boxes[box];
    const plugin::Metadata *metadata = session().plugins().find(layer.layer);
    QString text = QStringLiteral("<b>%1</b>").arg(layer.title.toHtmlEscaped());
    if (metadata) {
        text += QStringLiteral(": ") + metadata->summary.toHtmlEscaped();
        if (!metadata->source.isEmpty())
            text += QStringLiteral(" <i>%1</i>").arg(metadata->source.toHtmlEscaped());
    }
    QStringList values;
    for (auto it = layer.parameters.begin(); it != layer.parameters.end(); ++it)
        values += QStringLiteral("%1 = %2").arg(it.key(), plugin::valueText(it.value())).toHtmlEscaped();
    if (!values.isEmpty())
        text += QStringLiteral("<br>") + values.join(QStringLiteral(" · "));
    m_layerText->setText(text);
}

void ArchitecturePage::updateHeader()
{
    const bool usable = !m_expanded.isEmpty() && m_tokenizer->count() > 0 && !m_name->text().trimmed().isEmpty() && !session().isReadOnly();
    m_header->primary()->setEnabled(usable);
    m_measureButton->setEnabled(!m_expanded.isEmpty() && !m_probe->isRunning() && !session().isReadOnly());
    m_measureButton->setText(m_probe->isRunning() ? tr("Measuring…") : tr("Measure speed"));
    const QJsonObject d = m_expanded.value(QLatin1String("dimensions")).toObject();
    const auto number = [&](const char *key) { return formatInteger(d.value(QLatin1String(key)).toInteger()); };
    if (const plugin::Metadata *family = session().plugins().find(chosen(m_architecture)); family && m_form)
        offerCommand(workbench::createModelCommand(m_name->text().trimmed(), *family, m_form->values(), chosen(m_tokenizer)));
    if (m_expanded.isEmpty())
        m_header->setSubtitle(tr("These choices do not fit together yet"));
    else
        m_header->setSubtitle(tr("%1 · from scratch · %2 · %3 layers × %4 · context %5 · vocabulary %6")
                                  .arg(m_name->text(), m_architecture->currentText(), number("layers"), number("width"), number("context"), number("vocabulary")));
}

void ArchitecturePage::measure()
{
    model::TrainingShape shape;
    shape.context = m_expanded.value(QLatin1String("dimensions")).toObject().value(QLatin1String("context")).toInteger(256);
    const auto job = session().workbench().probe(m_expanded, shape);
    if (session().tell(job))
        m_probe->follow(session().projectPath(), job->spec().id);
}

void ArchitecturePage::useForTraining()
{
    recompute();
    if (m_expanded.isEmpty())
        return;
    const QString name = m_name->text().trimmed();
    if (!session().tell(session().workbench().createModel(name, chosen(m_architecture), m_form->values(), chosen(m_tokenizer))))
        return;
    session().refreshNow();
    session().goTo(project::Stage::Training, {{QStringLiteral("model"), name}});
}

}  // namespace athanor::pages
