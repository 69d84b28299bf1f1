#include "ui/pages/data/recipe_editor.h"

#include "core/corpus/recipe.h"

namespace athanor::pages {

namespace {

const QStringList &stepKinds()
{
    static const QStringList kinds{QStringLiteral("cleaner"), QStringLiteral("filter"), QStringLiteral("deduplicator")};
    return kinds;
}

QString kindWords(const QString &kind)
{
    if (kind == QLatin1String("cleaner"))
        return RecipeEditor::tr("repairs text");
    return kind == QLatin1String("filter") ? RecipeEditor::tr("removes documents") : RecipeEditor::tr("finds copies");
}

QJsonArray stepsOf(const QJsonObject &recipe)
{
    return recipe.value(QLatin1String("steps")).toArray();
}

}  // namespace

RecipeEditor::RecipeEditor(const plugin::Catalogue &plugins, const QJsonObject &recipe, QWidget *parent)
    : QWidget(parent), m_recipe(recipe), m_split(new forms::ParameterForm(corpus::splitSchema(), forms::HelpPlacement::Below))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 8, 0);
    column->setSpacing(10);
    QStringList used;
    for (const QJsonValue &value : stepsOf(recipe)) {
        const QJsonObject step = value.toObject();
        const QString id = step.value(QLatin1String("plugin")).toString();
        if (const plugin::Metadata *method = plugins.find(id); method && !used.contains(id)) {
            addStep(*method, step.value(QLatin1String("settings")).toObject(), true, column);
            used += id;
        }
    }
    for (const QString &kind : stepKinds())
        for (const plugin::Metadata *method : plugins.ofKind(kind))
            if (!used.contains(method->id))
                addStep(*method, method->parameters.defaults(), false, column);
    auto *split = new style::Card(tr("Held-out part"), tr("never learnt from"));
    m_split->setValues(recipe.value(QLatin1String("split")).toObject());
    split->body()->addWidget(m_split);
    column->addWidget(split);
    column->addStretch(1);
    connect(m_split, &forms::ParameterForm::changed, this, &RecipeEditor::changed);
}

void RecipeEditor::addStep(const plugin::Metadata &method, const QJsonObject &settings, bool on, QVBoxLayout *column)
{
    auto step = std::make_unique<Step>();
    step->plugin = method.id;
    step->settings = settings;
    auto *card = new style::Card;
    step->on = new QCheckBox(method.title);
    step->on->setChecked(on);
    step->on->setToolTip(method.source);
    auto *more = style::makeButton(tr("Settings"), "link");
    more->setAccessibleName(tr("Settings of %1").arg(method.title));
    more->setVisible(!method.parameters.parameters().empty());
    auto *row = new QHBoxLayout;
    row->addWidget(step->on);
    row->addWidget(style::makeLabel(kindWords(method.kind), "quiet"));
    row->addStretch(1);
    row->addWidget(more);
    card->body()->addLayout(row);
    card->body()->addWidget(style::makeWrappedLabel(method.summary, "note"));
    step->place = new QWidget;
    step->place->setLayout(new QVBoxLayout);
    step->place->hide();
    card->body()->addWidget(step->place);
    column->addWidget(card);
    Step *raw = step.get();
    m_steps.push_back(std::move(step));
    connect(raw->on, &QCheckBox::toggled, this, &RecipeEditor::changed);
    connect(more, &QPushButton::clicked, this, [this, raw, &method] {
        unfold(*raw, method);
        raw->place->setVisible(raw->place->isHidden());
    });
}

void RecipeEditor::unfold(Step &step, const plugin::Metadata &method)
{
    if (step.form)
        return;
    step.form = new forms::ParameterForm(method.parameters, forms::HelpPlacement::Below);
    step.form->setValues(step.settings);
    step.place->layout()->addWidget(step.form);
    connect(step.form, &forms::ParameterForm::changed, this, &RecipeEditor::changed);
}

const RecipeEditor::Step *RecipeEditor::find(const QString &pluginId) const
{
    for (const auto &step : m_steps)
        if (step->plugin == pluginId)
            return step.get();
    return nullptr;
}

QCheckBox *RecipeEditor::stepSwitch(const QString &pluginId) const
{
    const Step *step = find(pluginId);
    return step ? step->on : nullptr;
}

forms::ParameterForm *RecipeEditor::stepForm(const QString &pluginId) const
{
    const Step *step = find(pluginId);
    return step ? step->form : nullptr;
}

QJsonObject RecipeEditor::recipe() const
{
    QJsonArray steps;
    for (const auto &step : m_steps)
        if (step->on->isChecked())
            steps.append(QJsonObject{{QStringLiteral("plugin"), step->plugin},
                                     {QStringLiteral("settings"), step->form ? step->form->values() : step->settings}});
    QJsonObject recipe = m_recipe;
    recipe.insert(QStringLiteral("steps"), steps);
    recipe.insert(QStringLiteral("split"), m_split->values());
    return recipe;
}

QString RecipeEditor::firstError() const
{
    for (const auto &step : m_steps)
        if (step->on->isChecked() && step->form && !step->form->isValid())
            return QStringLiteral("%1: %2").arg(step->on->text(), step->form->firstError());
    return m_split->firstError();
}

bool RecipeEditor::isValid() const
{
    return firstError().isEmpty();
}

RecipeDialog::RecipeDialog(const plugin::Catalogue &plugins, const QJsonObject &recipe, QWidget *parent)
    : QDialog(parent), m_editor(new RecipeEditor(plugins, recipe)), m_problem(style::makeWrappedLabel({}, "note")),
      m_accept(style::makeButton(tr("Prepare again"), "primary"))
{
    setWindowTitle(tr("Recipe"));
    resize(640, 640);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(style::makeLabel(tr("What is done to the documents"), "title"));
    column->addWidget(style::makeWrappedLabel(tr("Steps run from top to bottom. Nothing is lost: removed documents stay in the list with their reason, and the earlier version of the dataset is kept."), "note"));
    auto *area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    style::setRole(m_editor, "page-body");
    area->setWidget(m_editor);
    column->addWidget(area, 1);
    style::setTone(m_problem, style::Tone::Bad);
    column->addWidget(m_problem);
    auto *row = new QHBoxLayout;
    auto *cancel = style::makeButton(tr("Cancel"));
    row->addStretch(1);
    row->addWidget(cancel);
    row->addWidget(m_accept);
    column->addLayout(row);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(m_accept, &QPushButton::clicked, this, &QDialog::accept);
    connect(m_editor, &RecipeEditor::changed, this, [this] {
        m_problem->setText(m_editor->firstError());
        m_accept->setEnabled(m_editor->isValid());
    });
}

}  // namespace athanor::pages
