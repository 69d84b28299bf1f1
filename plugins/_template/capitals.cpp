#include "capitals.h"

#include <QCoreApplication>

namespace athanor::filter {

CapitalShare capitalShare(const QByteArray &text)
{
    CapitalShare share;
    const QString decoded = QString::fromUtf8(text);
    for (const QChar character : decoded) {
        const bool capital = character.isUpper();
        share.letters += capital || character.isLower();
        share.capitals += capital;
    }
    return share;
}

corpus::Signals CapitalsRun::measure(const corpus::DocumentView &document) const
{
    const CapitalShare share = capitalShare(document.text);
    if (share.letters < m_leastLetters)
        return {};
    return {{QStringLiteral("capital_share"), share.value()}};
}

corpus::Judgement CapitalsRun::judge(const corpus::Signals &measured, const corpus::Signals &) const
{
    const double share = measured.value(QStringLiteral("capital_share"), 0);
    if (share <= m_mostShare)
        return {};
    return {false, QStringLiteral("capitals"), QCoreApplication::translate("filter", "Written in capitals"),
            QCoreApplication::translate("filter", "%1 % of the letters are capitals (at most %2 %)")
                .arg(QString::number(share * 100, 'f', 0), QString::number(m_mostShare * 100, 'f', 0))};
}

Result<std::unique_ptr<corpus::FilterRun>> startCapitals(const QJsonObject &settings)
{
    return std::make_unique<CapitalsRun>(settings[QStringLiteral("most_share")].toDouble(),
                                         settings[QStringLiteral("least_letters")].toInteger());
}

}  // namespace athanor::filter
