// See left_out_hints.h.
#include "ui/pages/training/left_out_hints.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::pages {

namespace {

constexpr qsizetype kShown = 3;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Hint hintOf(const QJsonObject &entry)
{
    QStringList documents;
    for (const QJsonValue &name : entry.value(QLatin1String("documents")).toArray())
        documents += name.toString();
    const qint64 batches = entry.value(QLatin1String("batches")).toInteger();
    const QString what = batches == 1 ? tr("Its batch was left out")
                                      : tr("The run went back to step %1 and left out the data of %2 updates")
                                            .arg(formatInteger(entry.value(QLatin1String("afterStep")).toInteger()), formatInteger(batches));
    return {HintLevel::Attention,
            tr("Step %1: %2. %3; it read: %4.").arg(formatInteger(entry.value(QLatin1String("noticedAt")).toInteger()),
                                                    entry.value(QLatin1String("reason")).toString(), what, documents.join(QStringLiteral(", "))),
            {}, {}};
}

}  // namespace

QList<Hint> leftOutHints(const QJsonObject &plan)
{
    const QJsonArray all = plan.value(QLatin1String("leftOut")).toArray();
    QList<Hint> hints;
    for (qsizetype at = all.size(); at > 0 && hints.size() < kShown; --at)
        hints += hintOf(all.at(at - 1).toObject());
    return hints;
}

}  // namespace athanor::pages
