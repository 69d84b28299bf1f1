#include "ui/forms/field_row.h"

#include "ui/forms/number_edit.h"
#include "ui/style/icon.h"
#include "ui/style/widgets.h"

namespace athanor::forms {

using plugin::ParameterType;

namespace {

// "1 to 32", "at least 1" … empty when there are none.
QString limitsText(const plugin::Parameter &parameter)
{
    const auto text = [&](double limit) { return plugin::limitText(parameter, limit); };
    if (parameter.minimum && parameter.maximum)
        return QCoreApplication::translate("FieldRow", "%1 to %2").arg(text(*parameter.minimum), text(*parameter.maximum));
    if (parameter.minimum)
        return QCoreApplication::translate("FieldRow", "at least %1").arg(text(*parameter.minimum));
    return parameter.maximum ? QCoreApplication::translate("FieldRow", "at most %1").arg(text(*parameter.maximum)) : QString();
}

QString tooltipOf(const plugin::Parameter &parameter)
{
    QStringList lines;
    if (!parameter.term.isEmpty())
        lines += parameter.term;
    if (!parameter.doc.isEmpty())
        lines += parameter.doc;
    const QString limits = limitsText(parameter);
    if (!limits.isEmpty())
        lines += limits + (parameter.unit.isEmpty() ? QString() : u' ' + parameter.unit);
    return QStringLiteral("<qt>%1</qt>").arg(lines.join(u'\n').toHtmlEscaped().replace(u'\n', QStringLiteral("<br>")));
}

}  // namespace

FieldRow::FieldRow(const plugin::Parameter &parameter, bool helpBelow, QWidget *parent)
    : QWidget(parent), m_parameter(parameter), m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(6);
    auto *head = new QHBoxLayout;
    const bool isCheck = parameter.type == ParameterType::Boolean;
    QLabel *title = style::makeLabel(parameter.title, "", this);
    title->setVisible(!isCheck);
    m_note = style::makeLabel(parameter.unit, "quiet", this);
    m_note->setAlignment(Qt::AlignRight | Qt::AlignVCenter);
    head->addWidget(title);
    head->addWidget(m_note, 1);
    makeEditor();
    if (isCheck) {
        head->insertWidget(0, m_editor);
        m_layout->addLayout(head);
    } else {
        m_layout->addLayout(head);
        QWidget *shown = m_editor->parentWidget() == this ? m_editor : m_editor->parentWidget();
        m_layout->addWidget(shown);
        title->setBuddy(m_editor);
    }
    m_messageLabel = style::makeWrappedLabel({}, "note", this);
    style::setTone(m_messageLabel, style::Tone::Bad);
    m_messageLabel->hide();
    m_layout->addWidget(m_messageLabel);
    if (helpBelow && !parameter.doc.isEmpty())
        m_layout->addWidget(style::makeWrappedLabel(parameter.doc, "quiet", this));
    m_editor->setObjectName(parameter.key);
    m_editor->setAccessibleName(parameter.title);
    m_editor->setToolTip(tooltipOf(parameter));
    title->setToolTip(m_editor->toolTip());
    m_editor->installEventFilter(this);
    setValue(parameter.defaultValue);
    settle();
}

void FieldRow::makeEditor()
{
    switch (m_parameter.type) {
    case ParameterType::Boolean: m_editor = makeCheckBox(); break;
    case ParameterType::Integer:
    case ParameterType::Real: m_editor = makeNumberEditor(); break;
    case ParameterType::Choice: m_editor = makeChoiceEditor(); break;
    case ParameterType::Text:
    case ParameterType::Path: m_editor = makeTextEditor(); break;
    }
}

QWidget *FieldRow::makeCheckBox()
{
    auto *box = new QCheckBox(m_parameter.title, this);
    connect(box, &QCheckBox::toggled, this, &FieldRow::edited);
    return box;
}

QWidget *FieldRow::makeNumberEditor()
{
    const bool whole = m_parameter.type == ParameterType::Integer;
    auto *edit = new NumberEdit(whole ? NumberEdit::Kind::Integer : NumberEdit::Kind::Real, this);
    edit->setLimits(m_parameter.minimum, m_parameter.maximum);
    edit->setUnit(m_parameter.unit);
    connect(edit, &NumberEdit::edited, this, &FieldRow::edited);
    return edit;
}

QWidget *FieldRow::makeChoiceEditor()
{
    auto *box = new QComboBox(this);
    box->setFocusPolicy(Qt::StrongFocus);
    style::letShrink(box);
    for (const plugin::Choice &choice : m_parameter.choices) {
        box->addItem(choice.title.isEmpty() ? choice.value : choice.title, choice.value);
        box->setItemData(box->count() - 1, choice.doc, Qt::ToolTipRole);
    }
    style::widenList(box);
    connect(box, &QComboBox::currentIndexChanged, this, &FieldRow::edited);
    return box;
}

QWidget *FieldRow::makeTextEditor()
{
    if (m_parameter.type == ParameterType::Text) {
        auto *edit = new QLineEdit(this);
        connect(edit, &QLineEdit::textEdited, this, &FieldRow::edited);
        return edit;
    }
    auto *box = new QWidget(this);
    auto *layout = new QHBoxLayout(box);
    layout->setContentsMargins(0, 0, 0, 0);
    auto *edit = new QLineEdit(box);
    auto *choose = style::makeButton(tr("Choose…"), "", box);
    choose->setAccessibleName(tr("Choose a file for %1").arg(m_parameter.title));
    layout->addWidget(edit, 1);
    layout->addWidget(choose);
    connect(edit, &QLineEdit::textEdited, this, &FieldRow::edited);
    connect(choose, &QPushButton::clicked, this, [this, edit] {
        const QString file = QFileDialog::getOpenFileName(this, m_parameter.title, edit->text());
        if (file.isEmpty())
            return;
        edit->setText(file);
        Q_EMIT edited();
    });
    return edit;
}

QJsonValue FieldRow::value() const
{
    if (auto *box = qobject_cast<QCheckBox *>(m_editor))
        return box->isChecked();
    if (auto *combo = qobject_cast<QComboBox *>(m_editor))
        return combo->currentData().toString();
    if (auto *edit = qobject_cast<NumberEdit *>(m_editor)) {
        const std::optional<double> number = edit->number();
        if (!number)
            return edit->numberText();
        if (m_parameter.type == ParameterType::Integer)
            return static_cast<qint64>(*number);
        return *number;
    }
    return qobject_cast<QLineEdit *>(m_editor)->text();
}

void FieldRow::setValue(const QJsonValue &value)
{
    const QSignalBlocker blocker(m_editor);
    if (auto *box = qobject_cast<QCheckBox *>(m_editor))
        box->setChecked(value.toBool());
    else if (auto *combo = qobject_cast<QComboBox *>(m_editor))
        combo->setCurrentIndex(std::max(0, combo->findData(value.toString())));
    else if (auto *edit = qobject_cast<NumberEdit *>(m_editor); edit && value.isDouble())
        edit->setNumber(value.toDouble());
    else if (edit)
        edit->findChild<QLineEdit *>()->setText(value.toString());
    else
        qobject_cast<QLineEdit *>(m_editor)->setText(value.toString());
}

QString FieldRow::text() const { return plugin::valueText(value()); }

void FieldRow::setMessage(const QString &message)
{
    if (message == m_message)
        return;
    m_message = message;
    m_messageLabel->setText(message);
    m_messageLabel->setVisible(!message.isEmpty());
    m_editor->setProperty("invalid", !message.isEmpty());
    m_editor->setAccessibleDescription(message);
    m_editor->style()->unpolish(m_editor);
    m_editor->style()->polish(m_editor);
}

void FieldRow::setNote(const QString &note) { m_note->setText(note); }

void FieldRow::setReadOnly(bool readOnly)
{
    if (auto *edit = qobject_cast<NumberEdit *>(m_editor))
        edit->setReadOnly(readOnly);
    else if (auto *line = qobject_cast<QLineEdit *>(m_editor))
        line->setReadOnly(readOnly);
    else
        m_editor->setEnabled(!readOnly);
}

QString FieldRow::helpText() const
{
    QString help = m_parameter.doc;
    const QString limits = limitsText(m_parameter);
    if (!limits.isEmpty())
        help += QStringLiteral("\n") + tr("Allowed: %1.").arg(limits);
    return m_parameter.term.isEmpty() ? help : help + QStringLiteral("\n") + tr("Known as: %1.").arg(m_parameter.term);
}

bool FieldRow::eventFilter(QObject *watched, QEvent *event)
{
    if (event->type() == QEvent::FocusIn || event->type() == QEvent::Enter)
        Q_EMIT helpWanted();
    if (event->type() == QEvent::Wheel && qobject_cast<QComboBox *>(watched) && !m_editor->hasFocus()) {
        event->ignore();
        return true;
    }
    return QWidget::eventFilter(watched, event);
}

}  // namespace athanor::forms
