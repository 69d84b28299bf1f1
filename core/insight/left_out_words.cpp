// See left_out_words.h.
#include "core/insight/left_out_words.h"

#include "core/base/format.h"

#include <QCoreApplication>
#include <QJsonObject>

namespace athanor::insight {

namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::insight", text); }

QString documentsOf(const QJsonObject &entry)
{
    QStringList names;
    for (const QJsonValue &name : entry.value(QLatin1String("documents")).toArray())
        names += name.toString();
    return names.isEmpty() ? QString() : tr("; it read: %1").arg(names.join(QStringLiteral(", ")));
}

QString whatWasLeftOut(const QJsonObject &entry)
{
    const qint64 batches = entry.value(QLatin1String("batches")).toInteger();
    if (batches == 1)
        return tr("Its batch was left out");
    return tr("The run went back to step %1 and left out the data of %2 updates")
        .arg(formatInteger(entry.value(QLatin1String("afterStep")).toInteger()), formatInteger(batches));
}

QString wordsOf(const QJsonObject &entry)
{
    const QString words = tr("Step %1: %2. %3%4.").arg(formatInteger(entry.value(QLatin1String("noticedAt")).toInteger()),
                                                      entry.value(QLatin1String("reason")).toString(), whatWasLeftOut(entry), documentsOf(entry));
    return entry.value(QLatin1String("replaced")).toBool() ? words + QLatin1Char(' ') + tr("(In vain: a later step went back further.)") : words;
}

}  // namespace

QStringList leftOutWords(const QJsonArray &leftOut)
{
    QStringList words;
    for (const QJsonValue &value : leftOut) {
        const QJsonObject entry = value.toObject();
        if (entry.value(QLatin1String("batches")).toInteger() >= 1)
            words.prepend(wordsOf(entry));
    }
    return words;
}

}  // namespace athanor::insight
