#include "core/job/queue_record.h"

#include "core/base/atomic_file.h"

namespace athanor::job {

QString queueRecordPath(const QString &jobPath)
{
    return jobPath + QStringLiteral("/queue.json");
}

Result<QueueRecord> readQueueRecord(const QString &jobPath)
{
    const auto object = readJsonFile(queueRecordPath(jobPath));
    if (!object)
        return object.error().code == ErrorCode::NotFound ? Result<QueueRecord>(QueueRecord()) : fail(object.error());
    QueueRecord record;
    record.requested = object->value(QLatin1String("requested")).toInt();
    record.launched = object->value(QLatin1String("launched")).toInt();
    record.launchedAtMs = object->value(QLatin1String("launchedAtMs")).toInteger();
    record.controlFrom = object->value(QLatin1String("controlFrom")).toInteger();
    record.isCancelled = object->value(QLatin1String("cancelled")).toBool();
    if (object->contains(QLatin1String("error")))
        record.error = errorFromJson(object->value(QLatin1String("error")).toObject());
    return record;
}

Status writeQueueRecord(const QString &jobPath, const QueueRecord &record)
{
    QJsonObject object{{QStringLiteral("format"), 1},
                       {QStringLiteral("requested"), record.requested},
                       {QStringLiteral("launched"), record.launched},
                       {QStringLiteral("launchedAtMs"), record.launchedAtMs},
                       {QStringLiteral("controlFrom"), record.controlFrom},
                       {QStringLiteral("cancelled"), record.isCancelled}};
    if (record.error)
        object.insert(QStringLiteral("error"), toJson(*record.error));
    return writeJsonFile(queueRecordPath(jobPath), object);
}

}  // namespace athanor::job
