#include "core/job/references.h"

#include "core/job/folder.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::job {

namespace {

constexpr char kPrefix[] = "@job:";
constexpr int kDepthLimit = 32;

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

Result<QJsonValue> lookUp(const QString &projectPath, const QString &reference)
{
    const QString rest = reference.mid(qsizetype(sizeof kPrefix) - 1);
    const qsizetype slash = rest.indexOf(QLatin1Char('/'));
    const QString id = rest.left(slash);
    ATHANOR_ASSIGN(Folder folder, Folder::open(projectPath, id));
    const Summary summary = folder.summary();
    const QJsonValue value = summary.result.value(rest.mid(slash + 1));
    if (slash <= 0 || summary.state != State::Finished || value.isUndefined())
        return fail(ErrorCode::NotFound, tr("“%1” has no result “%2” to go on with.").arg(folder.spec().title, rest.mid(slash + 1)),
                    tr("Look at that job first; run it again if it failed."));
    return value;
}

Result<QJsonValue> resolve(const QString &projectPath, const QJsonValue &value, int depth)
{
    if (depth > kDepthLimit)
        return fail(ErrorCode::LimitExceeded, tr("The parameters of the job are nested too deeply."));
    if (value.isString() && value.toString().startsWith(QLatin1String(kPrefix)))
        return lookUp(projectPath, value.toString());
    if (value.isObject()) {
        QJsonObject object = value.toObject();
        for (auto it = object.begin(); it != object.end(); ++it) {
            ATHANOR_ASSIGN(const QJsonValue resolved, resolve(projectPath, it.value(), depth + 1));
            it.value() = resolved;
        }
        return QJsonValue(object);
    }
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue &element : value.toArray()) {
            ATHANOR_ASSIGN(const QJsonValue resolved, resolve(projectPath, element, depth + 1));
            array.append(resolved);
        }
        return QJsonValue(array);
    }
    return value;
}

}  // namespace

QString referenceTo(const QString &jobId, const QString &key)
{
    return QLatin1String(kPrefix) + jobId + QLatin1Char('/') + key;
}

Result<QJsonObject> resolveReferences(const QString &projectPath, const QJsonObject &parameters)
{
    ATHANOR_ASSIGN(const QJsonValue resolved, resolve(projectPath, parameters, 0));
    return resolved.toObject();
}

}  // namespace athanor::job
