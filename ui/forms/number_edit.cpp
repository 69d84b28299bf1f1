#include "ui/forms/number_edit.h"

#include <QLineEdit>
#include <QWheelEvent>

#include <cmath>

namespace athanor::forms {

namespace {

constexpr double kLargestExactInteger = 9007199254740992.0;  // 2^53

double suffixFactor(QChar letter)
{
    switch (letter.unicode()) {
    case u'k':
    case u'K': return 1e3;
    case u'M': return 1e6;
    case u'B': return 1e9;
    default: return 0;
    }
}

QString integerText(double value) { return QString::number(static_cast<qint64>(value)); }

}  // namespace

NumberEdit::NumberEdit(Kind kind, QWidget *parent) : QAbstractSpinBox(parent), m_kind(kind)
{
    setLocale(QLocale::c());
    setKeyboardTracking(true);
    setFocusPolicy(Qt::StrongFocus);
    setMinimumHeight(34);
    connect(lineEdit(), &QLineEdit::textEdited, this, &NumberEdit::edited);
}

void NumberEdit::setLimits(std::optional<double> minimum, std::optional<double> maximum)
{
    m_minimum = minimum;
    m_maximum = maximum;
}

void NumberEdit::setNumber(double value)
{
    lineEdit()->setText(m_kind == Kind::Integer && std::abs(value) < kLargestExactInteger
                            ? integerText(value)
                            : QLocale::c().toString(value, 'g', 10).remove(u','));
}

std::optional<double> NumberEdit::number() const
{
    QString digits = numberText();
    double factor = 1;
    if (m_kind == Kind::Integer && !digits.isEmpty() && suffixFactor(digits.back()) > 0) {
        factor = suffixFactor(digits.back());
        digits.chop(1);
    }
    bool ok = false;
    const double value = QLocale::c().toDouble(digits.trimmed(), &ok) * factor;
    if (!ok || !std::isfinite(value) || (m_kind == Kind::Integer && value != std::floor(value)))
        return std::nullopt;
    return value;
}

QString NumberEdit::numberText() const { return lineEdit()->text().trimmed(); }

void NumberEdit::setUnit(const QString &unit) { setAccessibleDescription(unit); }

void NumberEdit::stepBy(int steps)
{
    const double present = number().value_or(m_minimum.value_or(0));
    double next = present;
    if (m_kind == Kind::Integer)
        next = present + steps;
    else  // a tenth of the leading decimal place of the value: 0.0006 → 0.0007, 0.1 → 0.2
        next = present + steps * (present == 0 ? 0.01 : std::pow(10, std::floor(std::log10(std::abs(present)))));
    if (m_kind == Kind::Real)
        next = std::round(next * 1e12) / 1e12;
    if (m_minimum)
        next = std::max(next, *m_minimum);
    if (m_maximum)
        next = std::min(next, *m_maximum);
    setNumber(next);
    selectAll();
    Q_EMIT edited();
}

// Every text may be typed; what is wrong with it is said under the field.
QValidator::State NumberEdit::validate(QString &, int &) const { return QValidator::Acceptable; }

QAbstractSpinBox::StepEnabled NumberEdit::stepEnabled() const
{
    if (isReadOnly())
        return StepNone;
    const std::optional<double> present = number();
    StepEnabled enabled = StepNone;
    if (!present || !m_maximum || *present < *m_maximum)
        enabled |= StepUpEnabled;
    if (!present || !m_minimum || *present > *m_minimum)
        enabled |= StepDownEnabled;
    return enabled;
}

// Scrolling the page must not change what stands under the pointer.
void NumberEdit::wheelEvent(QWheelEvent *event)
{
    if (hasFocus())
        QAbstractSpinBox::wheelEvent(event);
    else
        event->ignore();
}

}  // namespace athanor::forms
