#include "core/job/references.h"

#include "core/job/folder.h"

#include <QCoreApplication>
#include <QJsonArray>

namespace athanor::job {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

bool isReference(const QJsonObject &object)
{
    return object.size() == 2 && object.contains(QLatin1String("fromJob")) && object.contains(QLatin1String("result"));
}

Result<QJsonValue> lookUp(const QString &projectPath, const QJsonObject &reference)
{
    const QString id = reference.value(QLatin1String("fromJob")).toString();
    const QString key = reference.value(QLatin1String("result")).toString();
    ATHANOR_ASSIGN(Folder folder, Folder::open(projectPath, id));
    const Summary summary = folder.summary();
    if (summary.state != State::Finished)
        return fail(ErrorCode::Busy,
                    tr("“%1” has not finished (%2); its result is needed here.")
                        .arg(folder.spec().title, stateName(summary.state)),
                    tr("Let it finish first, then start this one again."));
    QJsonValue value = summary.result;
    for (const QString &part : key.split(QLatin1Char('.')))
        value = value.toObject().value(part);
    if (value.isUndefined())
        return fail(ErrorCode::NotFound, tr("The result of “%1” has no entry “%2”.").arg(folder.spec().title, key));
    return value;
}

Result<QJsonValue> resolved(const QString &projectPath, const QJsonValue &value)
{
    if (value.isArray()) {
        QJsonArray array;
        for (const QJsonValue &entry : value.toArray()) {
            ATHANOR_ASSIGN(const QJsonValue one, resolved(projectPath, entry));
            array += one;
        }
        return QJsonValue(array);
    }
    if (!value.isObject())
        return value;
    const QJsonObject object = value.toObject();
    if (isReference(object))
        return lookUp(projectPath, object);
    ATHANOR_ASSIGN(const QJsonObject inner, resolveReferences(projectPath, object));
    return QJsonValue(inner);
}

}  // namespace

Result<QJsonObject> resolveReferences(const QString &projectPath, const QJsonObject &parameters)
{
    QJsonObject result;
    for (auto it = parameters.begin(); it != parameters.end(); ++it) {
        ATHANOR_ASSIGN(const QJsonValue value, resolved(projectPath, it.value()));
        result.insert(it.key(), value);
    }
    return result;
}

}  // namespace athanor::job
