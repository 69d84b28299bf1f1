// See prompt.h.
#include "core/generate/prompt.h"

#include <QCoreApplication>
#include <QJsonDocument>

#include <algorithm>

namespace athanor::generate {
namespace {

QString tr(const char *text) { return QCoreApplication::translate("athanor::generate", text); }

std::vector<int64_t> wide(const std::vector<tokenizer::TokenId> &ids) { return {ids.begin(), ids.end()}; }

Result<std::vector<int64_t>> chatIds(const QJsonArray &messages, const Manners &manners,
                                     const tokenizer::Tokenizer &tokenizer)
{
    if (!manners.chat)
        return fail(ErrorCode::InvalidInput, tr("This model has no chat template that can be used: %1")
                                                 .arg(manners.chatProblem ? manners.chatProblem->message : tr("none was read.")),
                    tr("Give a prompt to continue instead, or a model that was taught to chat."));
    ATHANOR_ASSIGN(const tokenizer::ChatValue values,
                   text::jinja::parseJson(QJsonDocument(messages).toJson(QJsonDocument::Compact), text::jinja::Trust::Input));
    tokenizer::ChatOptions options;
    options.addGenerationPrompt = true;
    ATHANOR_ASSIGN(const tokenizer::RenderedChat chat,
                   manners.chat->render(values, tokenizer::ChatValue::none(), options));
    std::vector<int64_t> ids = manners.isBuiltInChat ? wide(tokenizer.textPrefix()) : std::vector<int64_t>();
    const std::vector<int64_t> own = wide(tokenizer.encodeTemplate(chat.text, chat.trusted));
    ids.insert(ids.end(), own.begin(), own.end());
    return ids;
}

QString roleOf(const QJsonValue &message) { return message.toObject().value(QLatin1String("role")).toString(); }

// Without the oldest exchange: from the first question up to the next. False when only the last one is left.
bool dropOldest(QJsonArray &messages)
{
    const auto nextQuestion = [&](qsizetype from) {
        while (from < messages.size() && roleOf(messages[from]) != QLatin1String("user"))
            ++from;
        return from;
    };
    const qsizetype first = nextQuestion(0), second = nextQuestion(first + 1);
    if (second >= messages.size())
        return false;
    for (qsizetype i = first; i < second; ++i)
        messages.removeAt(first);
    return true;
}

Result<ReadyPrompt> readyChat(const GenerationRequest &request, const Manners &manners, const tokenizer::Tokenizer &tokenizer,
                              int64_t context)
{
    const int64_t room = context - std::clamp<int64_t>(request.maxTokens, 1, std::max<int64_t>(1, context / 4));
    ReadyPrompt ready;
    QJsonArray messages = request.messages;
    ATHANOR_ASSIGN(ready.ids, chatIds(messages, manners, tokenizer));
    while (int64_t(ready.ids.size()) > room && dropOldest(messages)) {
        ATHANOR_ASSIGN(ready.ids, chatIds(messages, manners, tokenizer));
    }
    ready.droppedMessages = request.messages.size() - messages.size();
    return ready;
}

std::vector<int64_t> promptIds(const QByteArray &prompt, const Manners &manners, const tokenizer::Tokenizer &tokenizer)
{
    std::vector<int64_t> ids = manners.prefix;
    const std::vector<int64_t> own = wide(tokenizer.encode(prompt));
    ids.insert(ids.end(), own.begin(), own.end());
    return ids;
}

/// Something must be read before something is written.
int64_t anyStart(const tokenizer::Tokenizer &tokenizer)
{
    if (tokenizer.beginOfDocument() >= 0)
        return tokenizer.beginOfDocument();
    return std::max<int64_t>(0, tokenizer.endOfDocument());
}

}  // namespace

Result<ReadyPrompt> readyPrompt(const GenerationRequest &request, const Manners &manners,
                                const tokenizer::Tokenizer &tokenizer, int64_t context)
{
    ReadyPrompt ready;
    if (request.messages.isEmpty()) {
        ready.ids = promptIds(request.prompt, manners, tokenizer);
    } else {
        ATHANOR_ASSIGN(ready, readyChat(request, manners, tokenizer, context));
    }
    if (ready.ids.empty())
        ready.ids.push_back(anyStart(tokenizer));
    if (manners.task != Task::Answer)
        return ready;
    ready.encoderIds = std::exchange(ready.ids, {manners.decoderStart >= 0 ? manners.decoderStart : anyStart(tokenizer)});
    ready.encoderIds.insert(ready.encoderIds.end(), manners.suffix.begin(), manners.suffix.end());
    return ready;
}

}  // namespace athanor::generate
