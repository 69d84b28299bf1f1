// One undo step of a form: one field from one value to another. Typing goes into one step. Thread: the window's.
#pragma once

#include "ui/forms/parameter_form.h"

#include <QPointer>
#include <QUndoCommand>

namespace athanor::forms {

class EditCommand final : public QUndoCommand {
public:
    EditCommand(ParameterForm *form, const plugin::Parameter &parameter, QJsonValue before, QJsonValue after)
        : QUndoCommand(QCoreApplication::translate("ParameterForm", "Change %1").arg(parameter.title)), m_form(form),
          m_key(parameter.key), m_before(std::move(before)), m_after(std::move(after)), m_merges(parameter.choices.empty())
    {
    }
    int id() const override { return m_merges ? 1 : -1; }
    void undo() override { apply(m_before); }
    void redo() override
    {
        if (!std::exchange(m_isFirst, false))
            apply(m_after);
    }
    bool mergeWith(const QUndoCommand *next) override
    {
        const auto *other = static_cast<const EditCommand *>(next);
        if (other->m_form != m_form || other->m_key != m_key)
            return false;
        m_after = other->m_after;
        return true;
    }

private:
    void apply(const QJsonValue &value)
    {
        if (m_form)
            m_form->applyFromUndo(m_key, value);
    }
    QPointer<ParameterForm> m_form;
    QString m_key;
    QJsonValue m_before, m_after;
    bool m_merges;
    bool m_isFirst = true;  // the person has just done it
};

}  // namespace athanor::forms
