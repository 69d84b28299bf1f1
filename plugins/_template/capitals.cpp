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

corpus::Judgement CapitalsRun::judge(const corpus::DocumentView &document) const
{
    const CapitalShare share = capitalShare(document.text);
    corpus::Judgement judgement;
    judgement.measured.insert(QStringLiteral("capital_share"), share.value());
    if (share.letters < m_leastLetters || share.value() <= m_mostShare)
        return judgement;
    judgement.keep = false;
    judgement.rule = QStringLiteral("capitals");
    judgement.title = QCoreApplication::translate("filter", "Written in capitals");
    judgement.detail = QCoreApplication::translate("filter", "%1 % of the letters are capitals (at most %2 %)")
                           .arg(QString::number(share.value() * 100, 'f', 0), QString::number(m_mostShare * 100, 'f', 0));
    return judgement;
}

Result<std::unique_ptr<corpus::FilterRun>> startCapitals(const QJsonObject &settings)
{
    return std::make_unique<CapitalsRun>(settings[QStringLiteral("most_share")].toDouble(),
                                         settings[QStringLiteral("least_letters")].toInteger());
}

}  // namespace athanor::filter
