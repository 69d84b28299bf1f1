#include "ui/forms/parameter_form.h"

#include "ui/forms/edit_command.h"
#include "ui/forms/field_row.h"
#include "ui/style/widgets.h"

namespace athanor::forms {

namespace {

constexpr int kFieldGap = 14;

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
    : QWidget(parent), m_schema(schema)
{
    build(help);
}

ParameterForm::~ParameterForm() = default;

void ParameterForm::build(HelpPlacement help)
{
    auto *layout = new QVBoxLayout(this);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(kFieldGap);
    m_more = new QWidget(this);
    auto *moreLayout = new QVBoxLayout(m_more);
    moreLayout->setContentsMargins(0, 0, 0, 0);
    moreLayout->setSpacing(kFieldGap);
    int advanced = 0;
    for (const plugin::Parameter &parameter : m_schema.parameters()) {
        auto *row = new FieldRow(parameter, help == HelpPlacement::Below, this);
        connectRow(row);
        QWidget *shown = help == HelpPlacement::Beside ? besideHelp(row) : row;
        (parameter.advanced ? moreLayout : layout)->addWidget(shown);
        advanced += parameter.advanced ? 1 : 0;
    }
    m_moreButton = style::makeButton({}, "link", this);
    m_moreButton->setCheckable(true);
    layout->addWidget(m_moreButton, 0, Qt::AlignLeft);
    layout->addWidget(m_more);
    connect(m_moreButton, &QPushButton::toggled, this, &ParameterForm::setMoreVisible);
    m_moreButton->setVisible(advanced > 0);
    setMoreVisible(false);
    if (help == HelpPlacement::AtFoot) {
        m_foot = style::makeWrappedLabel(tr("A field that you enter is explained here."), "note", this);
        m_foot->setMinimumHeight(fontMetrics().lineSpacing() * 3);
        m_foot->setAlignment(Qt::AlignLeft | Qt::AlignTop);
        layout->addWidget(m_foot);
    }
    layout->addStretch(1);
}

void ParameterForm::connectRow(FieldRow *row)
{
    m_rows.push_back(row);
    connect(row, &FieldRow::edited, this, [this, row] { onEdited(row); });
    connect(row, &FieldRow::helpWanted, this, [this, row] { showHelp(row); });
}

void ParameterForm::onEdited(FieldRow *row)
{
    if (m_filling)
        return;
    const Result<QJsonObject> parsed = m_schema.validate({{row->parameter().key, row->value()}});
    row->setMessage(parsed ? QString() : parsed.error().message);
    pushUndo(row, row->settledValue());
    row->settle();
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

void ParameterForm::resetToDefaults() { setValues(m_schema.defaults()); }

bool ParameterForm::isValid() const { return firstError().isEmpty(); }

QString ParameterForm::firstError() const
{
    for (const FieldRow *row : m_rows) {
        if (!row->message().isEmpty())
            return row->message();
        if (const Result<QJsonObject> ok = m_schema.validate({{row->parameter().key, row->value()}}); !ok)
            return ok.error().message;
    }
    return {};
}

void ParameterForm::setError(const QString &key, const QString &message)
{
    if (FieldRow *found = row(key)) {
        found->setMessage(message);
        if (found->parameter().advanced && !message.isEmpty())
            setMoreVisible(true);
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
    FieldRow *found = row(key);
    if (!found)
        return;
    QWidget *outer = found->parentWidget() != this && found->parentWidget() != m_more ? found->parentWidget() : found;
    outer->setVisible(visible);
}

void ParameterForm::setFieldEnabled(const QString &key, bool enabled)
{
    if (FieldRow *found = row(key))
        found->setEnabled(enabled);
}

void ParameterForm::setReadOnly(bool readOnly)
{
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
