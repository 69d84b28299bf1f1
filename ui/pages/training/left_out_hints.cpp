// See left_out_hints.h.
#include "ui/pages/training/left_out_hints.h"

#include "core/insight/left_out_words.h"

namespace athanor::pages {

namespace {

constexpr qsizetype kShown = 3;

}  // namespace

QList<Hint> leftOutHints(const QJsonObject &plan)
{
    QList<Hint> hints;
    for (const QString &words : insight::leftOutWords(plan.value(QLatin1String("leftOut")).toArray()).mid(0, kShown))
        hints += Hint{HintLevel::Attention, words};
    return hints;
}

}  // namespace athanor::pages
