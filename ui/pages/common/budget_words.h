// The two fields that say how long a run lasts: the unit stands beside the amount, and another kind of budget takes over
// the length that the plan shows, so that "10 minutes" does not become "10 tokens". Thread: the window's.
#pragma once

#include "core/model/architecture.h"
#include "ui/forms/parameter_form.h"

namespace athanor::pages {

class ATHANOR_EXPORT BudgetWords : public QObject {
    Q_OBJECT
public:
    /// Of a form with "budget_kind" and "budget"; both live as long as the form.
    explicit BudgetWords(forms::ParameterForm *form);
    /// The newest plan for what the form says.
    void setPlan(const model::Plan &plan);

private:
    void sayUnit();
    void convert();
    forms::ParameterForm *m_form;
    double m_minutes = 0, m_passes = 0, m_tokens = 0, m_steps = 0;
    // The kind that is shown; before the last change the other kind and its amount; what took its place.
    QString m_kind, m_cameFrom;
    double m_amountThere = 0, m_filled = 0;
};

}  // namespace athanor::pages
