#include "ui/pages/common/budget_words.h"

#include <cmath>

namespace athanor::pages {

namespace {

const auto kKind = QStringLiteral("budget_kind");
const auto kAmount = QStringLiteral("budget");

/// Two digits say as much as a forecast knows: 12,345,678 tokens are 12,000,000.
double rounded(double value)
{
    if (!(value > 0))
        return 0;
    const double unit = std::pow(10, std::floor(std::log10(value)) - 1);
    return unit >= 1 ? std::round(value / unit) * unit : std::round(value / unit) / std::round(1 / unit);
}

}  // namespace

BudgetWords::BudgetWords(forms::ParameterForm *form) : QObject(form), m_form(form)
{
    connect(form, &forms::ParameterForm::changed, this, &BudgetWords::sayUnit);
    connect(form, &forms::ParameterForm::valueChanged, this, [this](const QString &key) {
        if (key == kKind)
            convert();
    });
    sayUnit();
}

void BudgetWords::setPlan(const model::Plan &plan)
{
    m_minutes = plan.seconds / 60;
    m_passes = plan.passes;
    m_tokens = static_cast<double>(plan.tokens);
    m_steps = plan.tokensPerStep > 0 ? m_tokens / plan.tokensPerStep : 0;
}

void BudgetWords::sayUnit()
{
    static const QHash<QString, QString> kUnits{{QStringLiteral("time"), tr("minutes")}, {QStringLiteral("passes"), tr("passes")},
                                                {QStringLiteral("tokens"), tr("tokens")}, {QStringLiteral("steps"), tr("steps")}};
    m_kind = m_form->values().value(kKind).toString();
    m_form->setNote(kAmount, kUnits.value(m_kind));
}

void BudgetWords::convert()
{
    const QJsonObject values = m_form->values();
    const QString kind = values.value(kKind).toString();
    const double now = values.value(kAmount).toDouble();
    if (kind == m_cameFrom && now == m_filled) {  // back again, or undone: what stood there
        m_cameFrom.clear();
        m_form->setValues({{kAmount, m_amountThere}});
        return;
    }
    m_cameFrom = m_kind;
    m_amountThere = now;
    const QHash<QString, double> amounts{{QStringLiteral("time"), m_minutes}, {QStringLiteral("passes"), m_passes}, {QStringLiteral("tokens"), m_tokens},
                                         {QStringLiteral("steps"), m_steps}};
    double amount = rounded(amounts.value(kind));
    if (kind == QLatin1String("steps") || kind == QLatin1String("tokens"))
        amount = std::round(amount);
    m_filled = amount > 0 ? amount : now;
    if (amount > 0)
        m_form->setValues({{kAmount, amount}});
}

}  // namespace athanor::pages
