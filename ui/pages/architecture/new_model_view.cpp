#include "ui/pages/architecture/new_model_view.h"

#include "core/base/format.h"
#include "core/model/dimensions.h"
#include "core/workbench/command_lines.h"
#include "ui/shell/session.h"

namespace athanor::pages {

namespace {

constexpr char kDefaultPreset[] = "small-13M";
constexpr int kDelayMs = 40;

QScrollArea *scrolling(QWidget *inner)
{
    auto *area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    area->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    area->setWidget(inner);
    inner->setAutoFillBackground(false);
    return area;
}

}  // namespace

NewModelView::NewModelView(shell::Session &session, QWidget *parent)
    : QWidget(parent), m_session(session), m_costs(new CostColumn), m_probe(new JobFollower(this))
{
    auto *outer = new QVBoxLayout(this);
    outer->setContentsMargins(0, 0, 0, 0);
    auto *pair = new QWidget;
    auto *pairRow = new QHBoxLayout(pair);
    pairRow->setContentsMargins(0, 0, 0, 0);
    pairRow->setSpacing(style::kGap);
    // In a narrow window the drawing goes below: the live figures stay beside the fields.
    auto *columns = new SideBySide(900, QBoxLayout::BottomToTop);
    columns->add(makeDiagramCard(), 7);
    pairRow->addWidget(makeFormCard(), 1);
    pairRow->addWidget(m_costs, 1);
    columns->add(pair, 12);
    outer->addWidget(columns, 1);
    m_delay.setSingleShot(true);
    m_delay.setInterval(kDelayMs);
    connect(&m_delay, &QTimer::timeout, this, &NewModelView::recompute);
    connect(m_probe, &JobFollower::changed, this, &NewModelView::changed);
    connect(m_probe, &JobFollower::settled, this, &NewModelView::recompute);
}

QWidget *NewModelView::makeDiagramCard()
{
    auto *card = new style::Card(tr("How it is built"), tr("from text to the next token"));
    m_diagram = new ArchitectureDiagram(m_session.plugins());
    QScrollArea *area = scrolling(m_diagram);
    area->setMinimumSize(250, 320);
    card->body()->addWidget(area, 1);
    m_layerText = style::makeWrappedLabel(tr("Choose a layer to see what it does."), "note");
    m_layerText->setTextFormat(Qt::RichText);
    card->body()->addWidget(m_layerText);
    connect(m_diagram, &ArchitectureDiagram::selectionChanged, this, &NewModelView::showLayer);
    return card;
}

QWidget *NewModelView::makeFormCard()
{
    auto *card = new style::Card(tr("Your choices"), tr("every figure changes with them"));
    m_name = new QLineEdit;
    m_architecture = new QComboBox;
    m_tokenizer = new QComboBox;
    style::letShrink(m_architecture);
    style::letShrink(m_tokenizer);
    m_sentence = style::makeWrappedLabel({}, "note");
    m_formPlace = new QVBoxLayout;
    auto *inner = new QWidget;
    auto *column = new QVBoxLayout(inner);
    column->setSpacing(10);
    column->setContentsMargins(0, 0, 8, 0);
    column->addWidget(labelled(tr("Name"), m_name));
    column->addWidget(labelled(tr("Family"), m_architecture, tr("The architecture: how the layers are put together")));
    column->addWidget(m_sentence);
    column->addWidget(labelled(tr("Tokenizer"), m_tokenizer, tr("Its vocabulary decides the size of the embedding and the head")));
    column->addLayout(m_formPlace);
    column->addStretch(1);
    QScrollArea *area = scrolling(inner);
    area->setMinimumWidth(220);
    card->body()->addWidget(area, 1);
    connect(m_architecture, &QComboBox::currentIndexChanged, this, &NewModelView::makeForm);
    connect(m_tokenizer, &QComboBox::currentIndexChanged, this, [this] { m_delay.start(); });
    connect(m_name, &QLineEdit::textEdited, this, &NewModelView::changed);
    return card;
}

/// Each family with what it is good for; those that nothing installed here can train are left out.
void NewModelView::fillArchitectures()
{
    QStringList titles, ids;
    const QList<const plugin::Metadata *> offered = model::offeredArchitectures(m_session.plugins());
    for (const plugin::Metadata *family : offered) {
        titles += family->title;
        ids += family->id;
    }
    fillChoices(m_architecture, titles, ids);
    for (int row = 0; row < m_architecture->count() && row < offered.size(); ++row)
        m_architecture->setItemData(row, offered[row]->summary, Qt::ToolTipRole);
}

void NewModelView::refresh()
{
    if (!m_session.hasProject())
        return;
    QStringList names;
    if (const auto tokenizers = m_session.project().tokenizers())
        for (const project::Tokenizer &tokenizer : *tokenizers)
            if (!names.contains(tokenizer.name))
                names += tokenizer.name;
    fillChoices(m_tokenizer, names);
    if (!m_filled) {
        m_filled = true;
        fillArchitectures();
        showChosen();
    }
    const shell::JobView *probe = m_session.jobs().newestOf(QStringLiteral("probe"));
    m_probe->follow(m_session.projectPath(), probe ? probe->spec.id : QString());
    recompute();
}

/// What the project last used, or the size that the wizard recommends, or the usual first size.
void NewModelView::showChosen()
{
    if (const auto models = m_session.project().models())
        for (const project::Model &model : *models)
            if (model.base.isEmpty())
                return showModel(model);
    if (const auto preset = m_session.workbench().chosenPreset())
        return usePreset(preset->id);
    if (const auto dataset = currentDataset(m_session.project())) {
        const qint64 bytes = dataset->facts.value(QLatin1String("splits")).toObject().value(QLatin1String("train")).toObject().value(QLatin1String("bytes")).toInteger();
        if (const auto recommendation = m_session.workbench().recommend(bytes); recommendation && !recommendation->preset.id.isEmpty())
            return usePreset(recommendation->preset.id);
    }
    usePreset(QString::fromLatin1(kDefaultPreset));
}

void NewModelView::usePreset(const QString &id)
{
    const QList<model::Preset> all = model::presets(m_session.plugins());
    const auto found = std::find_if(all.begin(), all.end(), [&](const model::Preset &preset) { return preset.id == id; });
    if (found == all.end())
        return makeForm();
    choose(m_architecture, found->architecture);
    makeForm();
    if (m_form)
        m_form->setValues(found->choices);
    m_name->setText(found->id);
    recompute();
}

void NewModelView::showModel(const project::Model &model)
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

void NewModelView::makeForm()
{
    delete std::exchange(m_form, nullptr);
    const plugin::Metadata *family = m_session.plugins().find(chosen(m_architecture));
    m_sentence->setText(family ? family->summary : QString());
    m_sentence->setToolTip(family ? family->source : QString());
    if (!family)
        return;
    m_form = new forms::ParameterForm(family->parameters, forms::HelpPlacement::AtFoot);
    m_form->setUndoStack(&m_session.undoStack());
    m_formPlace->addWidget(m_form);
    connect(m_form, &forms::ParameterForm::changed, this, [this] { m_delay.start(); });
    m_delay.start();
}

qint64 NewModelView::vocabulary() const
{
    const auto tokenizer = m_session.project().tokenizer(chosen(m_tokenizer));
    return tokenizer ? tokenizer->vocabulary : 8192;
}

void NewModelView::recompute()
{
    m_delay.stop();
    if (!m_session.hasProject() || !m_form)
        return;
    m_problem.reset();
    const auto expanded = m_form->isValid()
        ? m_session.workbench().newArchitecture(chosen(m_architecture), m_form->values(), chosen(m_tokenizer))
        : Result<QJsonObject>(fail(ErrorCode::InvalidInput, m_form->firstError(), tr("Change the marked field.")));
    const auto dataset = currentDataset(m_session.project());
    const auto plan = expanded ? m_session.workbench().planArchitecture(*expanded, chosen(m_tokenizer), dataset ? dataset->name : QString(), {})
                               : Result<model::Plan>(fail(expanded.error()));
    m_expanded = plan ? *expanded : QJsonObject();
    if (!plan) {
        m_problem = plan.error();
    } else {
        m_diagram->setArchitecture(m_expanded);
        showLayer(m_diagram->selected());  // the same place may be another layer now
        const qint64 context = model::dimension(m_expanded, "context");
        m_costs->show(*plan, context, vocabulary(), measuredSpeed());
    }
    Q_EMIT changed();
}

double NewModelView::measuredSpeed() const
{
    if (!m_probe->hasJob())
        return 0;
    const QJsonObject probed = m_probe->folder()->spec().parameters.value(QLatin1String("architecture")).toObject();
    if (probed.value(QLatin1String("dimensions")) != m_expanded.value(QLatin1String("dimensions")))
        return 0;
    const QJsonObject measured = m_probe->summary().result.value(QLatin1String("tokensPerSecond")).toObject();
    return std::max(measured.value(QLatin1String("f32")).toDouble(), measured.value(QLatin1String("bf16")).toDouble());
}

void NewModelView::showLayer(int box)
{
    if (box < 0 || box >= m_diagram->diagram().boxes.size()) {
        m_layerText->setText(tr("Choose a layer to see what it does."));
        return;
    }
    const DiagramBox &layer = m_diagram->diagram().boxes[box];
    const plugin::Metadata *metadata = m_session.plugins().find(layer.layer);
    QString text = QStringLiteral("<b>%1</b>").arg(layer.title.toHtmlEscaped());
    if (metadata) {
        text += QStringLiteral(": ") + metadata->summary.toHtmlEscaped();
        if (!metadata->source.isEmpty())
            text += QStringLiteral(" <i>%1</i>").arg(metadata->source.toHtmlEscaped());
    }
    const QJsonObject usual = metadata ? metadata->parameters.defaults() : QJsonObject();
    QStringList values;  // those that say something about this layer
    for (auto it = layer.parameters.begin(); it != layer.parameters.end(); ++it)
        if (usual.value(it.key()) != it.value())
            values += QStringLiteral("%1 = %2").arg(it.key(), plugin::valueText(it.value())).toHtmlEscaped();
    if (!values.isEmpty())
        text += QStringLiteral("<br>") + values.join(QStringLiteral(" · "));
    m_layerText->setText(text);
}

QString NewModelView::summary() const
{
    if (m_expanded.isEmpty())
        return tr("These choices do not fit together yet");
    const QJsonObject d = m_expanded.value(QLatin1String("dimensions")).toObject();
    const auto number = [&](const char *key) { return formatInteger(d.value(QLatin1String(key)).toInteger()); };
    return tr("%1 · from scratch · %2 · %3 layers × %4 · context %5 · vocabulary %6")
        .arg(m_name->text(), m_architecture->currentText(), number("layers"), number("width"), number("context"), number("vocabulary"));
}

QString NewModelView::command() const
{
    const plugin::Metadata *family = m_session.plugins().find(chosen(m_architecture));
    return family && m_form ? workbench::createModelCommand(name(), *family, m_form->values(), chosen(m_tokenizer)) : QString();
}

void NewModelView::measure()
{
    model::TrainingShape shape;
    shape.context = m_expanded.value(QLatin1String("dimensions")).toObject().value(QLatin1String("context")).toInteger(256);
    const auto job = m_session.workbench().probe(m_expanded, shape);
    if (m_session.tell(job))
        m_probe->followStarted(m_session.projectPath(), job->spec().id);
}

}  // namespace athanor::pages
