#include "ui/pages/data/recipe_editor.h"

#include "core/corpus/recipe.h"
#include "core/corpus/record_settings.h"
#include "ui/pages/common/page_parts.h"

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
    : QWidget(parent), m_plugins(plugins), m_recipe(recipe), m_content(new style::ChipBar), m_contentWords(style::makeWrappedLabel({}, "note")),
      m_columns(new forms::ParameterForm(corpus::recordsSchema(), forms::HelpPlacement::Below)), m_stepPlace(new QVBoxLayout),
      m_split(new forms::ParameterForm(corpus::splitSchema(), forms::HelpPlacement::Below))
{
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(0, 0, 8, 0);
    column->setSpacing(10);
    column->addWidget(makeContentCard());
    m_stepPlace->setSpacing(10);
    column->addLayout(m_stepPlace);
    auto *split = new style::Card(tr("Held-out part"), tr("never learnt from"));
    m_split->setValues(recipe.value(QLatin1String("split")).toObject());
    split->body()->addWidget(m_split);
    column->addWidget(split);
    column->addStretch(1);
    m_content->setCurrent(recipe.value(QLatin1String("content")).toString() == QLatin1String("records") ? QStringLiteral("records") : QStringLiteral("text"));
    m_columns->setValues(corpus::recordFormValues(recipe.value(QLatin1String("records")).toObject()));
    fillSteps();
    arrangeColumns();
    connect(m_content, &style::ChipBar::currentChanged, this, [this] { setContent(isOfRecords()); });
    connect(m_columns, &forms::ParameterForm::valueChanged, this, &RecipeEditor::arrangeColumns);
    connect(m_columns, &forms::ParameterForm::changed, this, &RecipeEditor::changed);
    connect(m_split, &forms::ParameterForm::changed, this, &RecipeEditor::changed);
}

QWidget *RecipeEditor::makeContentCard()
{
    auto *card = new style::Card(tr("What the sources hold"));
    m_content->setChip(QStringLiteral("text"), tr("documents"), tr("Text to read on: pages, books, code"));
    m_content->setChip(QStringLiteral("records"), tr("examples"), tr("Records: questions with answers, conversations, texts with labels"));
    m_content->setAccessibleName(tr("What the sources hold"));
    card->body()->addWidget(m_content);
    card->body()->addWidget(m_contentWords);
    card->body()->addWidget(m_columns);
    return card;
}

/// Those columns that the chosen way of writing has; all of them while it is found out.
void RecipeEditor::arrangeColumns()
{
    static const QMap<QString, QStringList> kUsed{{QStringLiteral("auto"), {}},
                                                  {QStringLiteral("messages"), {QStringLiteral("messages"), QStringLiteral("system"), QStringLiteral("tools")}},
                                                  {QStringLiteral("sharegpt"), {QStringLiteral("messages"), QStringLiteral("system"), QStringLiteral("tools")}},
                                                  {QStringLiteral("alpaca"), {QStringLiteral("instruction"), QStringLiteral("input"), QStringLiteral("output"), QStringLiteral("system")}},
                                                  {QStringLiteral("prompt"), {QStringLiteral("prompt"), QStringLiteral("completion"), QStringLiteral("system")}},
                                                  {QStringLiteral("labels"), {QStringLiteral("text"), QStringLiteral("label"), QStringLiteral("most_labels")}}};
    const QStringList used = kUsed.value(m_columns->values().value(QLatin1String("format")).toString());
    for (const plugin::Parameter &parameter : corpus::recordsSchema().parameters())
        if (parameter.key != QLatin1String("format"))
            m_columns->setFieldVisible(parameter.key, used.isEmpty() ? parameter.advanced : used.contains(parameter.key));
    if (!used.isEmpty() && used.contains(QStringLiteral("instruction")) && !m_columns->isMoreVisible())
        m_columns->setMoreVisible(true);
    m_columns->setVisible(isOfRecords());
    m_contentWords->setText(isOfRecords() ? tr("Each line or row of a JSON Lines, JSON, CSV or TSV file is one example. Other files are passed over. A bad one is listed with its line and the reason.")
                                          : tr("Each file is one document; JSON Lines give one document a line."));
}

void RecipeEditor::setContent(bool records)
{
    m_content->setCurrent(records ? QStringLiteral("records") : QStringLiteral("text"));
    const bool wasOfRecords = m_recipe.value(QLatin1String("content")).toString() == QLatin1String("records");
    if (records != wasOfRecords) {
        const QJsonObject split = m_recipe.value(QLatin1String("split")).toObject();
        m_recipe = records ? corpus::defaultRecordRecipe(m_plugins) : corpus::defaultRecipe(m_plugins);
        if (!split.isEmpty())
            m_recipe.insert(QStringLiteral("split"), split);
        fillSteps();
    }
    arrangeColumns();
    Q_EMIT changed();
}

void RecipeEditor::fillSteps()
{
    m_steps.clear();
    style::clearLayout(m_stepPlace);
    QStringList used;
    for (const QJsonValue &value : stepsOf(m_recipe)) {
        const QJsonObject step = value.toObject();
        const QString id = step.value(QLatin1String("plugin")).toString();
        if (const plugin::Metadata *method = m_plugins.find(id); method && !used.contains(id)) {
            addStep(*method, step.value(QLatin1String("settings")).toObject(), true, m_stepPlace);
            used += id;
        }
    }
    for (const QString &kind : stepKinds())
        for (const plugin::Metadata *method : m_plugins.ofKind(kind))
            if (!used.contains(method->id) && !(isOfRecords() && kind == QLatin1String("cleaner")))  // records stay as written
                addStep(*method, method->parameters.defaults(), false, m_stepPlace);
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
    if (isOfRecords())
        recipe.insert(QStringLiteral("records"), corpus::recordSettingsFrom(m_columns->values()));
    return recipe;
}

QString RecipeEditor::firstError() const
{
    for (const auto &step : m_steps)
        if (step->on->isChecked() && step->form && !step->form->isValid())
            return QStringLiteral("%1: %2").arg(step->on->text(), step->form->firstError());
    return isOfRecords() && !m_columns->isValid() ? m_columns->firstError() : m_split->firstError();
}

bool RecipeEditor::isValid() const
{
    return firstError().isEmpty();
}

RecipeDialog::RecipeDialog(const plugin::Catalogue &plugins, const QJsonObject &recipe, QWidget *parent)
    : QDialog(parent), m_editor(new RecipeEditor(plugins, recipe)), m_title(style::makeLabel({}, "title")), m_note(style::makeWrappedLabel({}, "note")),
      m_problem(style::makeWrappedLabel({}, "note")), m_accept(style::makeButton(tr("Prepare again"), "primary"))
{
    setWindowTitle(tr("Recipe"));
    resize(640, 640);
    auto *column = new QVBoxLayout(this);
    column->setContentsMargins(24, 20, 24, 20);
    column->setSpacing(style::kGap);
    column->addWidget(m_title);
    column->addWidget(m_note);
    auto *area = new QScrollArea;
    area->setWidgetResizable(true);
    area->setFrameShape(QFrame::NoFrame);
    area->setFocusPolicy(Qt::NoFocus);
    style::setRole(m_editor, "page-body");
    area->setWidget(m_editor);
    column->addWidget(area, 1);
    style::setTone(m_problem, style::Tone::Bad);
    column->addWidget(m_problem);
    addDialogButtons(this, column, m_accept);
    connect(m_editor, &RecipeEditor::changed, this, &RecipeDialog::updateTexts);
    updateTexts();
}

void RecipeDialog::setContent(bool records)
{
    m_editor->setContent(records);
    m_accept->setText(tr("Prepare"));
}

void RecipeDialog::updateTexts()
{
    m_title->setText(m_editor->isOfRecords() ? tr("How the examples are read") : tr("What is done to the documents"));
    m_note->setText(m_editor->isOfRecords()
                        ? tr("Examples are read as they are written and never repaired. Those that cannot be used stay in the list with their line and the reason.")
                        : tr("Steps run from top to bottom. Nothing is lost: removed documents stay in the list with their reason, and the earlier version of the dataset is kept."));
    m_problem->setText(m_editor->firstError());
    m_accept->setEnabled(m_editor->isValid());
}

}  // namespace athanor::pages
