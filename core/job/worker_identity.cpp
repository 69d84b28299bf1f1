#include "core/job/worker_identity.h"

#include "core/base/machine.h"

#include <QFile>

#include <unistd.h>

namespace athanor::job {

namespace {

qint64 startTicksOf(qint64 pid)
{
    QFile file(QStringLiteral("/proc/%1/stat").arg(pid));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    const QByteArray line = file.readAll();
    // The program's name stands in parentheses and may hold spaces; start time is the 20th field after it.
    const QList<QByteArray> fields = line.mid(line.lastIndexOf(')') + 2).split(' ');
    const bool isGone = fields.first() == "Z" || fields.first() == "X";  // dead, only not yet collected by its parent
    return fields.size() > 19 && !isGone ? fields[19].toLongLong() : 0;
}

}  // namespace

WorkerIdentity identityOfThisProcess(int attempt)
{
    const MachineFacts facts = machineFacts();
    return {facts.hostName, facts.bootId, ::getpid(), startTicksOf(::getpid()), attempt};
}

QJsonObject toJson(const WorkerIdentity &identity)
{
    return {{QStringLiteral("format"), 1},
            {QStringLiteral("host"), identity.host},
            {QStringLiteral("bootId"), identity.bootId},
            {QStringLiteral("pid"), identity.pid},
            {QStringLiteral("startTicks"), identity.startTicks},
            {QStringLiteral("attempt"), identity.attempt}};
}

WorkerIdentity identityFromJson(const QJsonObject &object)
{
    return {object.value(QLatin1String("host")).toString(), object.value(QLatin1String("bootId")).toString(),
            object.value(QLatin1String("pid")).toInteger(), object.value(QLatin1String("startTicks")).toInteger(),
            object.value(QLatin1String("attempt")).toInt()};
}

bool isAliveHere(const WorkerIdentity &identity)
{
    if (identity.pid <= 0 || identity.startTicks <= 0)
        return false;
    const MachineFacts facts = machineFacts();
    return identity.host == facts.hostName && identity.bootId == facts.bootId
           && startTicksOf(identity.pid) == identity.startTicks;
}

}  // namespace athanor::job
