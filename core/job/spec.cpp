#include "core/job/spec.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::job {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

QString text(const QJsonObject &object, const char *key)
{
    return object.value(QLatin1String(key)).toString();
}

}  // namespace

QJsonObject resultOf(const QString &jobId, const QString &key)
{
    return {{QStringLiteral("fromJob"), jobId}, {QStringLiteral("result"), key}};
}

QJsonObject toJson(const Spec &spec)
{
    return {{QStringLiteral("format"), kSpecFormat},
            {QStringLiteral("id"), spec.id},
            {QStringLiteral("kind"), spec.kind},
            {QStringLiteral("title"), spec.title},
            {QStringLiteral("created"), spec.created.toUTC().toString(Qt::ISODateWithMs)},
            {QStringLiteral("after"), QJsonArray::fromStringList(spec.after)},
            {QStringLiteral("device"), spec.device},
            {QStringLiteral("launcher"), spec.launcher},
            {QStringLiteral("parameters"), spec.parameters},
            {QStringLiteral("command"), spec.command}};
}

Result<Spec> specFromJson(const QJsonObject &object)
{
    const int format = object.value(QLatin1String("format")).toInt();
    if (format > kSpecFormat)
        return fail(ErrorCode::NewerVersion,
                    tr("The job has format %1; this program knows formats up to %2.").arg(format).arg(kSpecFormat),
                    tr("Install the newer Athanor that made the job."));
    Spec spec;
    spec.id = text(object, "id");
    spec.kind = text(object, "kind");
    spec.title = text(object, "title");
    spec.created = QDateTime::fromString(text(object, "created"), Qt::ISODateWithMs).toUTC();
    for (const QJsonValue &id : object.value(QLatin1String("after")).toArray())
        spec.after += id.toString();
    spec.device = object.value(QLatin1String("device")).toString(spec.device);
    spec.launcher = object.value(QLatin1String("launcher")).toString(spec.launcher);
    spec.parameters = object.value(QLatin1String("parameters")).toObject();
    spec.command = text(object, "command");
    if (format < 1 || spec.id.isEmpty() || spec.kind.isEmpty() || !spec.created.isValid())
        return fail(ErrorCode::Corrupt, tr("The job's specification lacks its format, id, kind or time of creation."),
                    tr("Delete the job and start it again."));
    return spec;
}

}  // namespace athanor::job
