// Fields of a tokenizer.json, read with the type that they must have. Thread: pure.
#pragma once

#include "core/base/error.h"

#include <QCoreApplication>
#include <QJsonArray>
#include <QJsonObject>

#include <algorithm>

namespace athanor::tokenizer::json {

inline QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}
inline tl::unexpected<Error> corrupt(const QString &message)
{
    return fail(ErrorCode::Corrupt, message, tr("Fetch the tokenizer.json again."));
}
inline tl::unexpected<Error> unknownType(const QString &what, const QString &name)
{
    return fail(ErrorCode::Unsupported, tr("Its %1 “%2” is not supported.").arg(what, name.left(80)),
                tr("Use another form of the same tokenizer, such as tokenizer.model, if there is one."));
}

/// A field that may be missing or null; of another type it is an error.
inline Result<bool> flag(const QJsonObject &object, const char *key, bool usual)
{
    const QJsonValue value = object.value(QLatin1String(key));
    if (value.isUndefined() || value.isNull())
        return usual;
    if (!value.isBool())
        return corrupt(tr("“%1” is neither true nor false.").arg(QLatin1String(key)));
    return value.toBool();
}
inline Result<QByteArray> text(const QJsonObject &object, const char *key, const char *usual = "")
{
    const QJsonValue value = object.value(QLatin1String(key));
    if (value.isUndefined() || value.isNull())
        return QByteArray(usual);
    if (!value.isString())
        return corrupt(tr("“%1” is no text.").arg(QLatin1String(key)));
    return value.toString().toUtf8();
}
inline Result<qint64> number(const QJsonObject &object, const char *key, qint64 usual)
{
    const QJsonValue value = object.value(QLatin1String(key));
    if (value.isUndefined() || value.isNull())
        return usual;
    const double given = value.toDouble(-1);
    if (!value.isDouble() || given < 0 || given > 2147483647.0 || given != static_cast<double>(static_cast<qint64>(given)))
        return corrupt(tr("“%1” is no whole number from 0 to 2147483647.").arg(QLatin1String(key)));
    return static_cast<qint64>(given);
}

/// The parts of something that may be null, a single part, or a Sequence of parts under `key`, flattened.
inline Status flatten(const QJsonValue &value, const char *key, std::vector<QJsonObject> &parts, int depth = 0)
{
    if (value.isNull() || value.isUndefined())
        return {};
    if (!value.isObject() || depth > 8 || parts.size() > 64)
        return corrupt(tr("A part of it is no object, or is nested too deeply."));
    const QJsonObject object = value.toObject();
    if (object.value(QLatin1String("type")).toString() != QLatin1String("Sequence")) {
        parts.push_back(object);
        return {};
    }
    const QJsonValue list = object.value(QLatin1String(key));
    if (!list.isArray())
        return corrupt(tr("A sequence in it has no list “%1”.").arg(QLatin1String(key)));
    for (const QJsonValue &part : list.toArray())
        ATHANOR_TRY(flatten(part, key, parts, depth + 1));
    return {};
}

/// Texts that parts put in the place of others could make a text grow without end.
inline Status checkGrowth(const std::vector<QJsonObject> &parts)
{
    constexpr qint64 kMost = 65536;
    qint64 growth = 1;
    for (const QJsonObject &part : parts)
        for (const char *key : {"content", "prepend", "replacement"}) {
            const qint64 size = part.value(QLatin1String(key)).toString().size();
            growth *= std::clamp<qint64>(size, 1, kMost);
            if (growth >= kMost)
                return fail(ErrorCode::LimitExceeded, tr("Its rules could make a text more than %1 times as long.").arg(kMost));
        }
    return {};
}

}  // namespace athanor::tokenizer::json
