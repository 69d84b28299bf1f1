#include "ui/forms/parameter_form.h"

#include "ui/forms/edit_command.h"
#include "ui/forms/field_row.h"
#include "ui/forms/form_section.h"
#include "ui/style/widgets.h"

namespace athanor::forms {

namespace {

constexpr int kFieldGap = 14;

/// With the range and its unit, which are the hint.
QString messageOf(const Error &error) { return (error.message + QLatin1Char(' ') + error.hint).trimmed(); }

QJsonObject merged(QJsonObject values, const QJsonObject &changes)
{
    for (auto it = changes.begin(); it != changes.end(); ++it)
        values.insert(it.key(), it.value());
    return values;
}

bool sharesPlace(const plugin::Parameter &a, const plugin::Parameter &b) { return a.advanced == b.advanced && a.section == b.section; }

QWidget *besideHelp(FieldRow *row)
{
    auto *pair = new QWidget;
    auto *layout = new QHBoxLayout(pair);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(24);
    layout->addWidget(row, 5);
    QLabel *help = style::makeWrappedLabel(row->parameter().doc, "quiet", pair);
    help->setAlignment(Qt::AlignLeft | Qt::AlignVCenter);
    layout->addWidget(help, 6);
    return pair;
}

}  // namespace

ParameterForm::ParameterForm(const plugin::ParameterSchema &schema, HelpPlacement help, QWidget *parent)
    : QWidget(parent), m_schema(schema), m_help(help)
{
    build();
}

ParameterForm::ParameterForm(plugin::MethodSettings settings, HelpPlacement help, QWidget *parent)
    : QWidget(parent), m_methods(std::move(settings)), m_schema(m_methods->schemaFor()), m_help(help)
{
    build();
}

ParameterForm::~ParameterForm() = default;

void ParameterForm::build()
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kFieldGap);
    m_plainLayout = new QVBoxLayout;
    layout->addLayout(m_plainLayout);
    m_more = new QWidget(this);
    m_moreLayout = new QVBoxLayout(m_more);
    for (QVBoxLayout *fields : {m_plainLayout, m_moreLayout}) {
        fields->setContentsMargins(0, 0, 0, 0);
        fields->setSpacing(kFieldGap);
    }
    for (const plugin::Parameter &parameter : m_schema.parameters())
        addRow(parameter, m_rows.size());
    m_moreButton = style::makeButton({}, "link", this);
    m_moreButton->setCheckable(true);
    layout->addWidget(m_moreButton, 0, Qt::AlignLeft);
    layout->addWidget(m_more);
    connect(m_moreButton, &QPushButton::toggled, this, &ParameterForm::setMoreVisible);
    connect(this, &ParameterForm::changed, this, &ParameterForm::countChanged);
    m_moreButton->setVisible(m_moreLayout->count() > 0);
    setMoreVisible(false);
    if (m_help == HelpPlacement::AtFoot) {
        m_foot = style::makeWrappedLabel(tr("A field that you enter is explained here."), "note", this);
        m_foot->setMinimumHeight(fontMetrics().lineSpacing() * 3);
        m_foot->setAlignment(Qt::AlignLeft | Qt::AlignTop);
        layout->addWidget(m_foot);
    }
    layout->addStretch(1);
}

/// Makes the field number `place` of the schema; those before it exist.
void ParameterForm::addRow(const plugin::Parameter &parameter, size_t place)
{
    auto *row = new FieldRow(parameter, m_help == HelpPlacement::Below, this);
    row->setReadOnly(m_isReadOnly);
    const auto before = std::count_if(m_rows.begin(), m_rows.begin() + static_cast<std::ptrdiff_t>(place),
                                      [&](const FieldRow *other) { return sharesPlace(other->parameter(), parameter); });
    QWidget *shown = m_help == HelpPlacement::Beside ? besideHelp(row) : row;
    layoutFor(parameter)->insertWidget(static_cast<int>(before), shown);
    m_rows.insert(m_rows.begin() + static_cast<std::ptrdiff_t>(place), row);
    connectRow(row);
}

/// The row, or what holds it and its help.
QWidget *ParameterForm::outerOf(FieldRow *row) const
{
    return m_help == HelpPlacement::Beside ? row->parentWidget() : row;
}

/// Above "More", under it, or under one of its headings, which is made when its first field comes.
QVBoxLayout *ParameterForm::layoutFor(const plugin::Parameter &parameter)
{
    if (!parameter.advanced)
        return m_plainLayout;
    if (parameter.section.isEmpty())
        return m_moreLayout;
    FormSection *known = section(parameter.section);
    if (!known) {
        known = new FormSection(parameter.section, kFieldGap, m_more);
        m_moreLayout->addWidget(known);
        m_sections.push_back(known);
    }
    return known->fields();
}

FormSection *ParameterForm::section(const QString &title) const
{
    const auto found = std::find_if(m_sections.begin(), m_sections.end(), [&](const FormSection *one) { return one->title() == title; });
    return found == m_sections.end() ? nullptr : *found;
}

QStringList ParameterForm::sections() const
{
    QStringList titles;
    for (const FormSection *one : m_sections)
        titles += one->title();
    return titles;
}

void ParameterForm::setSectionOpen(const QString &title, bool open)
{
    if (FormSection *known = section(title))
        known->setOpen(open);
}

bool ParameterForm::isSectionOpen(const QString &title) const
{
    const FormSection *known = section(title);
    return known && known->isOpen();
}

/// What differs from the usual is said also where it is not seen.
void ParameterForm::countChanged()
{
    if (m_sections.empty())
        return;
    const QJsonObject defaults = m_schema.defaults();
    for (FormSection *one : m_sections)
        one->setChangedCount(int(std::count_if(m_rows.begin(), m_rows.end(), [&](const FieldRow *row) {
            return row->parameter().section == one->title() && row->value() != defaults.value(row->parameter().key);
        })));
}

void ParameterForm::removeRow(FieldRow *row)
{
    m_left.insert(plugin::meaningOf(row->parameter()), row->value());
    QWidget *outer = outerOf(row);
    outer->hide();
    outer->deleteLater();  // it may be the sender of what is going on
    layoutFor(row->parameter())->removeWidget(outer);
    m_rows.erase(std::find(m_rows.begin(), m_rows.end(), row));
}

/// Fields for the methods that `values` choose; the others' go, and come back as they were.
void ParameterForm::adoptChoices(const QJsonObject &values)
{
    if (!m_methods)
        return;
    const QJsonObject before = m_schema.defaults();
    m_schema = m_methods->schemaFor(values);
    const QJsonObject after = m_schema.defaults();
    const std::vector<FieldRow *> rows = m_rows;
    for (FieldRow *row : rows) {
        const plugin::Parameter *now = m_schema.find(row->parameter().key);
        if (!now || plugin::meaningOf(*now) != plugin::meaningOf(row->parameter()))
            removeRow(row);
    }
    arrangeRows();
    const bool wasFilling = std::exchange(m_filling, true);
    for (FieldRow *row : m_rows) {
        const QString &key = row->parameter().key;
        if (before.contains(key) && before.value(key) != after.value(key) && row->value() == before.value(key)) {
            row->setValue(after.value(key));
            row->settle();
        }
    }
    m_filling = wasFilling;
}

/// Makes the fields that the schema has and the form has not.
void ParameterForm::arrangeRows()
{
    for (size_t place = 0; place < m_schema.parameters().size(); ++place) {
        const plugin::Parameter &parameter = m_schema.parameters()[place];
        if (row(parameter.key))
            continue;
        addRow(parameter, place);
        if (const auto left = m_left.constFind(plugin::meaningOf(parameter)); left != m_left.constEnd())
            m_rows[place]->setValue(*left);
        m_rows[place]->settle();
    }
}

void ParameterForm::connectRow(FieldRow *row)
{
    connect(row, &FieldRow::edited, this, [this, row] { onEdited(row); });
    connect(row, &FieldRow::helpWanted, this, [this, row] { showHelp(row); });
}

void ParameterForm::onEdited(FieldRow *row)
{
    if (m_filling)
        return;
    row->setMessage(ownError(row));
    pushUndo(row, row->settledValue());
    row->settle();
    if (m_methods && m_methods->choosesMethod(row->parameter().key))
        adoptChoices(values());
    Q_EMIT valueChanged(row->parameter().key);
    Q_EMIT changed();
}

void ParameterForm::pushUndo(FieldRow *row, const QJsonValue &before)
{
    if (m_undo && before != row->value())
        m_undo->push(new EditCommand(this, row->parameter(), before, row->value()));
}

void ParameterForm::applyFromUndo(const QString &key, const QJsonValue &value)
{
    FieldRow *found = row(key);
    if (!found || found->value() == value)
        return;
    setValues({{key, value}});
    Q_EMIT valueChanged(key);
}

void ParameterForm::showHelp(const FieldRow *row)
{
    if (m_foot)
        m_foot->setText(row->helpText());
}

FieldRow *ParameterForm::row(const QString &key) const
{
    const auto found = std::find_if(m_rows.begin(), m_rows.end(), [&](const FieldRow *r) { return r->parameter().key == key; });
    return found == m_rows.end() ? nullptr : *found;
}

QJsonObject ParameterForm::values() const
{
    QJsonObject given;
    for (const FieldRow *row : m_rows) {
        const QJsonObject one{{row->parameter().key, row->value()}};
        if (m_schema.validate(one))
            given.insert(row->parameter().key, row->value());
    }
    return m_schema.validate(given).value_or(m_schema.defaults());
}

QJsonObject ParameterForm::changedValues() const
{
    QJsonObject all = values();
    const QJsonObject defaults = m_schema.defaults();
    for (const QString &key : all.keys())
        if (all.value(key) == defaults.value(key))
            all.remove(key);
    return all;
}

void ParameterForm::setValues(const QJsonObject &values)
{
    m_filling = true;
    adoptChoices(merged(this->values(), values));
    for (FieldRow *row : m_rows) {
        const auto given = values.constFind(row->parameter().key);
        if (given == values.constEnd())
            continue;
        row->setValue(*given);
        row->setMessage({});
        row->settle();
    }
    m_filling = false;
    Q_EMIT changed();
}

void ParameterForm::resetToDefaults()
{
    if (m_methods)
        setValues(m_methods->plain().defaults());
    setValues(m_schema.defaults());
}

/// What the schema has against the value that stands there.
QString ParameterForm::ownError(const FieldRow *row) const
{
    const Result<QJsonObject> parsed = m_schema.validate({{row->parameter().key, row->value()}});
    return parsed ? QString() : messageOf(parsed.error());
}

bool ParameterForm::isValid() const { return firstError().isEmpty(); }

QString ParameterForm::firstError() const
{
    for (const FieldRow *row : m_rows) {
        if (!row->message().isEmpty())
            return row->message();
        if (const QString error = ownError(row); !error.isEmpty())
            return error;
    }
    return {};
}

void ParameterForm::setError(const QString &key, const QString &message)
{
    if (FieldRow *found = row(key)) {
        const QString own = ownError(found);
        found->setMessage(own.isEmpty() ? message : own);
        if (found->parameter().advanced && !message.isEmpty()) {
            setMoreVisible(true);
            setSectionOpen(found->parameter().section, true);
        }
    }
}

void ParameterForm::clearErrors()
{
    for (FieldRow *row : m_rows)
        row->setMessage({});
}

void ParameterForm::setNote(const QString &key, const QString &note)
{
    if (FieldRow *found = row(key))
        found->setNote(note);
}

void ParameterForm::setFieldVisible(const QString &key, bool visible)
{
    if (FieldRow *found = row(key))
        outerOf(found)->setVisible(visible);
}

void ParameterForm::setFieldEnabled(const QString &key, bool enabled)
{
    if (FieldRow *found = row(key))
        found->setEnabled(enabled);
}

void ParameterForm::setReadOnly(bool readOnly)
{
    m_isReadOnly = readOnly;
    for (FieldRow *row : m_rows)
        row->setReadOnly(readOnly);
}

void ParameterForm::setUndoStack(QUndoStack *stack) { m_undo = stack; }

void ParameterForm::setMoreVisible(bool visible)
{
    m_more->setVisible(visible);
    m_moreButton->setText(visible ? tr("Less ▴") : tr("More ▾"));
    const QSignalBlocker blocker(m_moreButton);
    m_moreButton->setChecked(visible);
}

void ParameterForm::setMoreOffered(bool offered) { m_moreButton->setVisible(offered); }

bool ParameterForm::isMoreVisible() const { return !m_more->isHidden(); }

QWidget *ParameterForm::editor(const QString &key) const
{
    const FieldRow *found = row(key);
    return found ? found->editor() : nullptr;
}

QStringList ParameterForm::assignments() const
{
    QStringList texts;
    const QJsonObject changedOnes = changedValues();
    for (const plugin::Parameter &parameter : m_schema.parameters())
        if (changedOnes.contains(parameter.key))
            texts += parameter.key + u'=' + plugin::valueText(changedOnes.value(parameter.key));
    return texts;
}

}  // namespace athanor::forms
