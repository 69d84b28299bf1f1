// See prompt_lines.h.
#include "core/generate/prompt_lines.h"

#include "core/base/atomic_file.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace athanor::generate {
namespace {

const QString kPrompt = QStringLiteral("prompt"), kMessages = QStringLiteral("messages");

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

QJsonObject message(const char *role, const QString &content)
{
    return {{QStringLiteral("role"), QLatin1String(role)}, {QStringLiteral("content"), content}};
}

bool isRequest(QByteArrayView line)
{
    const QJsonObject object = QJsonDocument::fromJson(line.toByteArray()).object();
    return object.contains(kPrompt) || object.contains(kMessages);
}

bool isNamedJson(const QString &file)
{
    return file.endsWith(QLatin1String(".jsonl"), Qt::CaseInsensitive) || file.endsWith(QLatin1String(".ndjson"), Qt::CaseInsensitive);
}

Result<QJsonObject> objectOf(QByteArrayView line)
{
    QJsonParseError error{};
    const QJsonDocument document = QJsonDocument::fromJson(line.toByteArray(), &error);
    if (error.error != QJsonParseError::NoError)
        return fail(ErrorCode::InvalidInput, tr("It is not JSON: %1 at character %2.").arg(error.errorString()).arg(error.offset),
                    tr("Write one object a line, such as {\"prompt\": \"Once upon\"}."));
    const QJsonObject object = document.object();
    if (!document.isObject() || object.contains(kPrompt) == object.contains(kMessages))
        return fail(ErrorCode::InvalidInput, tr("It needs either “prompt” or “messages”."), tr("Write one object a line, such as {\"prompt\": \"Once upon\"}."));
    return object;
}

/// What is asked of the model: a question becomes a chat, and settings that the line lacks are those of all.
QJsonObject requestOf(const QJsonObject &line, const PromptFileSettings &settings)
{
    QJsonObject request = settings.request;
    for (auto entry = line.begin(); entry != line.end(); ++entry)
        request.insert(entry.key(), entry.value());
    if (settings.asksChat && line.value(kPrompt).isString()) {
        QJsonArray messages;
        if (!settings.system.isEmpty())
            messages += message("system", settings.system);
        messages += message("user", request.take(kPrompt).toString());
        request.insert(kMessages, messages);
    }
    return request;
}

Status readLine(QByteArrayView text, bool isJson, const PromptFileSettings &settings, PromptLine &line)
{
    if (!QUtf8StringView(text.data(), text.size()).isValidUtf8())
        return fail(ErrorCode::InvalidInput, tr("It is not UTF-8."), tr("Save the file as UTF-8."));
    QJsonObject object{{kPrompt, QString::fromUtf8(text)}};
    if (isJson) {
        ATHANOR_ASSIGN(object, objectOf(text));
    }
    for (const QString &key : {QStringLiteral("id"), kPrompt, kMessages})
        if (object.contains(key))
            line.asked.insert(key, object.value(key));
    ATHANOR_ASSIGN(line.request, requestFromJson(requestOf(object, settings)));
    return {};
}

}  // namespace

Result<std::vector<PromptLine>> readPromptLines(const QString &file, const PromptFileSettings &settings)
{
    ATHANOR_ASSIGN(const QByteArray bytes, readFile(file));
    std::vector<PromptLine> lines;
    bool isJson = isNamedJson(file);
    qint64 number = 0;
    for (qsizetype at = bytes.startsWith("\xEF\xBB\xBF") ? 3 : 0; at < bytes.size();) {
        const qsizetype newline = bytes.indexOf('\n', at), end = newline < 0 ? bytes.size() : newline;
        QByteArrayView text = QByteArrayView(bytes).sliced(at, end - at);
        at = end + 1;
        ++number;
        if (text.endsWith('\r'))
            text.chop(1);
        if (text.trimmed().isEmpty())
            continue;
        isJson = isJson || (lines.empty() && isRequest(text));
        PromptLine line;
        line.number = number;
        if (const Status read = readLine(text, isJson, settings, line); !read)
            line.problem = read.error();
        lines.push_back(std::move(line));
    }
    if (lines.empty())
        return fail(ErrorCode::InvalidInput, tr("“%1” holds no prompt.").arg(file),
                    tr("Write one prompt a line, or one JSON object with “prompt” or “messages” a line."));
    return lines;
}

}  // namespace athanor::generate
