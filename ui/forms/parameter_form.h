// A form made from a parameter schema. Role: shows, checks live and gives back values; the schema is the only truth
// about keys, limits and messages. Limits: a few dozen fields. Thread: the window's.
#pragma once

#include "core/plugin/method_settings.h"

#include <QWidget>

class QLabel;
class QPushButton;
class QUndoStack;
class QVBoxLayout;

namespace athanor::forms {

class FieldRow;
class FormSection;

enum class HelpPlacement {
    Below,   // a line under every field
    Beside,  // a column right of the fields
    AtFoot,  // one place at the form's foot, for the field that has the focus or the pointer
};

class ATHANOR_EXPORT ParameterForm : public QWidget {
    Q_OBJECT
public:
    explicit ParameterForm(const plugin::ParameterSchema &schema, HelpPlacement help = HelpPlacement::AtFoot,
                           QWidget *parent = nullptr);
    /// The fields of a method come and go with the choice of it. What the person did not change follows its defaults.
    explicit ParameterForm(plugin::MethodSettings settings, HelpPlacement help = HelpPlacement::AtFoot, QWidget *parent = nullptr);
    ~ParameterForm() override;

    const plugin::ParameterSchema &schema() const { return m_schema; }

    /// All values, typed, completed by the defaults. A field that is wrong at the moment gives its default; ask isValid().
    QJsonObject values() const;
    /// Only those that differ from the defaults; what a command line has to name.
    QJsonObject changedValues() const;
    /// Sets what is given, leaves the rest; unknown keys are passed over. Emits changed() once, makes no undo step.
    void setValues(const QJsonObject &values);
    void resetToDefaults();

    bool isValid() const;
    QString firstError() const;  // message of the first wrong field, or empty
    /// An error found elsewhere ("heads do not divide the width"); shown under the field until its value changes. What the
    /// schema has against the value stands before it, and stays when `message` is empty.
    void setError(const QString &key, const QString &message);
    void clearErrors();

    /// A short remark at the right of the field's title: "grouped queries", "found automatically".
    void setNote(const QString &key, const QString &note);
    void setFieldVisible(const QString &key, bool visible);
    void setFieldEnabled(const QString &key, bool enabled);
    void setReadOnly(bool readOnly);

    /// Edits become undo steps of this stack, one per field until another field is edited.
    void setUndoStack(QUndoStack *stack);

    void setMoreVisible(bool visible);
    /// Whether the button that shows the further fields is there.
    void setMoreOffered(bool offered);
    bool isMoreVisible() const;
    /// The headings under "More", where the schema has some; they begin closed.
    QStringList sections() const;
    void setSectionOpen(const QString &title, bool open);
    bool isSectionOpen(const QString &title) const;
    /// The editor of a field (for focus and tests): NumberEdit, QLineEdit, QComboBox or QCheckBox.
    QWidget *editor(const QString &key) const;
    /// What one would write after --set: {"key=value", …} of the changed values.
    QStringList assignments() const;

Q_SIGNALS:
    void changed();
    void valueChanged(const QString &key);

private:
    friend class EditCommand;
    void build();
    QWidget *outerOf(FieldRow *row) const;
    QVBoxLayout *layoutFor(const plugin::Parameter &parameter);
    FormSection *section(const QString &title) const;
    void countChanged();
    void addRow(const plugin::Parameter &parameter, size_t place);
    void arrangeRows();
    void adoptChoices(const QJsonObject &values);
    void removeRow(FieldRow *row);
    void connectRow(FieldRow *row);
    void onEdited(FieldRow *row);
    void pushUndo(FieldRow *row, const QJsonValue &before);
    void showHelp(const FieldRow *row);
    void applyFromUndo(const QString &key, const QJsonValue &value);
    FieldRow *row(const QString &key) const;
    QString ownError(const FieldRow *row) const;

    std::optional<plugin::MethodSettings> m_methods;
    plugin::ParameterSchema m_schema;
    HelpPlacement m_help;
    std::vector<FieldRow *> m_rows;  // as in the schema
    std::vector<FormSection *> m_sections;
    QJsonObject m_left;              // values of fields that went, by what they were
    QVBoxLayout *m_plainLayout = nullptr, *m_moreLayout = nullptr;
    QWidget *m_more = nullptr;
    QPushButton *m_moreButton = nullptr;
    QLabel *m_foot = nullptr;
    QUndoStack *m_undo = nullptr;
    bool m_filling = false;
    bool m_isReadOnly = false;
};

}  // namespace athanor::forms
