#include "ui/pages/common/parity_facts.h"

#include "core/base/format.h"
#include "ui/pages/common/page_parts.h"

#include <QCoreApplication>

namespace athanor::pages {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QJsonObject parityOf(const QJsonObject &result)
{
    return result.value(QLatin1String("parity")).toObject();
}

bool sortsTexts(const QJsonObject &parity) { return parity.value(QLatin1String("sortsTexts")).toBool(); }

}  // namespace

void showParity(style::FactList *facts, const QJsonObject &result)
{
    facts->clear();
    const QJsonObject parity = parityOf(result);
    if (parity.isEmpty())
        return;
    const double difference = numberIn(parity, "maxLogitDifference"), tolerance = numberIn(parity, "tolerance");
    const bool close = difference <= tolerance;
    facts->set(tr("Largest difference of a score"), tr("%1, allowed %2").arg(formatReal(difference, 2), formatReal(tolerance, 2)),
               close ? style::Tone::Good : style::Tone::Bad, tr("Maximum absolute difference of the logits on the same text"));
    const qint64 tokens = parity.value(QLatin1String("greedyTokens")).toInteger(), agree = parity.value(QLatin1String("greedyAgree")).toInteger();
    const style::Tone tone = agree == tokens ? style::Tone::Good : style::Tone::Attention;
    if (sortsTexts(parity))
        facts->set(tr("Same label"), tr("of %1 of %2 texts").arg(formatInteger(agree), formatInteger(tokens)), tone, tr("Classification: the label with the highest score"));
    else
        facts->set(tr("Same text"), tr("%1 of %2 tokens").arg(formatInteger(agree), formatInteger(tokens)), tone, tr("Greedy decoding: the likeliest token each time"));
    if (parity.contains(QLatin1String("sameTokens"))) {
        const bool sameTokens = parity.value(QLatin1String("sameTokens")).toBool(), sameTemplate = parity.value(QLatin1String("sameChatTemplate")).toBool(true);
        facts->set(tr("Same tokens, same chat template"), sameTokens && sameTemplate ? tr("yes") : tr("no"), sameTokens && sameTemplate ? style::Tone::Good : style::Tone::Bad,
                   tr("The tokenizer that was written cuts the same text into the same ids"));
    }
    const QJsonObject original = parity.value(QLatin1String("original")).toObject();
    if (const double rounding = numberIn(original, "maxLogitDifference"); rounding > 2 * difference)
        facts->set(tr("What rounding changes"), tr("scores by at most %1").arg(formatReal(rounding, 2)), style::Tone::Neutral,
                   tr("Against the unrounded model inside: the price of smaller numbers"));
    if (sortsTexts(parity))
        return;
    facts->set(tr("Perplexity, inside and outside"), QStringLiteral("%1 | %2").arg(figure(numberIn(parity, "perplexityInside")), figure(numberIn(parity, "perplexityOutside"))),
               style::Tone::Neutral, tr("How uncertain the model is about held-out text: the two must be alike"));
}

QString parityLine(const QJsonObject &result)
{
    const QJsonObject parity = parityOf(result);
    if (parity.isEmpty())
        return {};
    const bool same = parity.value(QLatin1String("greedyTokens")) == parity.value(QLatin1String("greedyAgree"));
    if (sortsTexts(parity))
        return tr("scores differ by at most %1 · %2").arg(formatReal(numberIn(parity, "maxLogitDifference"), 2), same ? tr("same labels") : tr("labels differ"));
    return tr("scores differ by at most %1 · %2 · perplexity %3 inside, %4 outside")
        .arg(formatReal(numberIn(parity, "maxLogitDifference"), 2), same ? tr("same text") : tr("text differs late"),
             figure(numberIn(parity, "perplexityInside")), figure(numberIn(parity, "perplexityOutside")));
}

}  // namespace athanor::pages
