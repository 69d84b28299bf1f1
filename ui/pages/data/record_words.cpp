#include "ui/pages/data/record_words.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace athanor::pages {

namespace {

QString part(const QString &title, const QString &text)
{
    return QStringLiteral("%1\n%2").arg(title, text);
}

QString messageWords(const QJsonObject &message)
{
    QString text = message.value(QLatin1String("content")).toString();
    const QJsonArray calls = message.value(QLatin1String("tool_calls")).toArray();
    if (!calls.isEmpty())
        text += (text.isEmpty() ? QString() : QStringLiteral("\n")) + QString::fromUtf8(QJsonDocument(calls).toJson(QJsonDocument::Indented)).trimmed();
    return part(message.value(QLatin1String("role")).toString(), text);
}

}  // namespace

QString recordWords(const QString &json)
{
    const QJsonDocument document = QJsonDocument::fromJson(json.toUtf8());
    if (!document.isObject())
        return json;
    const QJsonObject record = document.object();
    QStringList parts;
    for (const QJsonValue &message : record.value(QLatin1String("messages")).toArray())
        if (message.toObject().contains(QLatin1String("role")))
            parts += messageWords(message.toObject());
    if (parts.isEmpty() && record.contains(QLatin1String("text")) && record.contains(QLatin1String("label")))
        parts = {part(QStringLiteral("text"), record.value(QLatin1String("text")).toString()), part(QStringLiteral("label"), record.value(QLatin1String("label")).toVariant().toString())};
    return parts.isEmpty() ? QString::fromUtf8(document.toJson(QJsonDocument::Indented)) : parts.join(QStringLiteral("\n\n"));
}

}  // namespace athanor::pages
