// The tokenizers and ids that tests/golden/tokenizer.py recorded.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>

namespace golden {

inline QString folder()
{
    return QStringLiteral(ATHANOR_SOURCE_DIR "/tests/golden/tokenizer");
}

/// {"tokenizer": the tokenizer.json, "cases": [{"text", "ids", "decoded", "template"?}]}
inline QJsonObject read(const QString &name)
{
    QFile file(folder() + QLatin1Char('/') + name + QStringLiteral(".json"));
    if (!file.open(QIODevice::ReadOnly))
        qFatal("%s is missing", qPrintable(file.fileName()));
    return QJsonDocument::fromJson(file.readAll().replace("\xEF\xBB\xBF", "\\uFEFF")).object();
}

inline QByteArray bytesOf(const QJsonObject &tokenizer)
{
    return QJsonDocument(tokenizer).toJson(QJsonDocument::Compact);
}

inline QByteArray tokenizerOf(const QString &name)
{
    return bytesOf(read(name)[QLatin1String("tokenizer")].toObject());
}

inline std::shared_ptr<const athanor::tokenizer::Tokenizer> made(const QString &name)
{
    const auto tokenizer = athanor::tokenizer::parseTokenizer(tokenizerOf(name), name);
    if (!tokenizer)
        qFatal("%s", qPrintable(tokenizer.error().message));
    return *tokenizer;
}

inline std::vector<athanor::tokenizer::TokenId> idsOf(const QJsonValue &value)
{
    std::vector<athanor::tokenizer::TokenId> ids;
    for (const QJsonValue &id : value.toArray())
        ids.push_back(id.toInt());
    return ids;
}

}  // namespace golden
