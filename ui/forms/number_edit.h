// A field for one number. Free text while typing (so that a wrong value can be explained instead of swallowed),
// arrows and keys to step, decimal point always, "k", "M" and "B" on integers. Thread: the window's.
#pragma once

#include "core/base/export.h"

#include <QAbstractSpinBox>

#include <optional>

namespace athanor::forms {

class ATHANOR_EXPORT NumberEdit : public QAbstractSpinBox {
    Q_OBJECT
public:
    enum class Kind { Integer, Real };
    explicit NumberEdit(Kind kind, QWidget *parent = nullptr);

    void setLimits(std::optional<double> minimum, std::optional<double> maximum);
    void setNumber(double value);          // written as people write it: 0.0006 → "0.0006", 6e-7 → "6e-07"
    std::optional<double> number() const;  // nothing when the text is no number
    QString numberText() const;            // trimmed text of the field, without the unit
    void setUnit(const QString &unit);     // named in the tooltip

    void stepBy(int steps) override;
    QValidator::State validate(QString &input, int &position) const override;

Q_SIGNALS:
    void edited();  // by the person, each key or step

protected:
    StepEnabled stepEnabled() const override;
    void wheelEvent(QWheelEvent *event) override;

private:
    Kind m_kind;
    std::optional<double> m_minimum, m_maximum;
};

}  // namespace athanor::forms
