#include "core/corpus/record_chat.h"

#include "core/text/segment.h"

#include <QCoreApplication>

namespace athanor::corpus {

namespace {

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Title {
    const char *id;
    const char *title;
};
constexpr Title kTitles[] = {
    {"not_object", QT_TRANSLATE_NOOP("athanor", "Not a JSON object")},
    {"missing_column", QT_TRANSLATE_NOOP("athanor", "Missing column")},
    {"wrong_type", QT_TRANSLATE_NOOP("athanor", "Wrong type")},
    {"no_answer", QT_TRANSLATE_NOOP("athanor", "No answer to learn from")},
    {"empty_answer", QT_TRANSLATE_NOOP("athanor", "Empty answer")},
    {"empty_message", QT_TRANSLATE_NOOP("athanor", "Empty message")},
    {"empty_text", QT_TRANSLATE_NOOP("athanor", "Empty text")},
    {"no_label", QT_TRANSLATE_NOOP("athanor", "Label missing")},
    {"unknown_role", QT_TRANSLATE_NOOP("athanor", "Unknown role")},
    {"turns", QT_TRANSLATE_NOOP("athanor", "Turns out of order")},
    {"tool_call", QT_TRANSLATE_NOOP("athanor", "Broken tool call")},
    {"not_text", QT_TRANSLATE_NOOP("athanor", "Not only text")},
};

struct Role {
    const char *written;
    const char *meant;
};
constexpr Role kRoles[] = {
    {"system", "system"},       {"developer", "developer"}, {"user", "user"},         {"human", "user"},
    {"assistant", "assistant"}, {"gpt", "assistant"},       {"chatgpt", "assistant"}, {"bot", "assistant"},
    {"model", "assistant"},     {"tool", "tool"},           {"ipython", "tool"},      {"observation", "tool"},
    {"function", "tool"},       {"function_call", "assistant"},
};

const char *meantRole(QByteArrayView written)
{
    for (const Role &role : kRoles)
        if (written == role.written)
            return role.meant;
    return nullptr;
}

bool isBlank(QByteArrayView text) { return text::trimmed(text).isEmpty(); }
bool isBlank(const RecordJson &text) { return isBlank(bytesOf(text)); }
bool hasText(const RecordJson &message, const char *key) { return message.contains(key) && !isBlank(message[key]); }
bool isRole(const RecordJson &message, const char *role) { return bytesOf(message["role"]) == role; }

QString typeOf(const RecordJson &value)
{
    switch (value.type()) {
    case RecordJson::value_t::null: return tr("null");
    case RecordJson::value_t::boolean: return tr("true or false");
    case RecordJson::value_t::string: return tr("a text");
    case RecordJson::value_t::array: return tr("a list");
    case RecordJson::value_t::object: return tr("an object");
    default: return tr("a number");
    }
}

/// Writes messages one by one; knows the number for its complaints.
class MessageMaker {
public:
    explicit MessageMaker(size_t number) : m_number(number) {}

    tl::expected<RecordJson, RecordProblem> make(const RecordJson &turn)
    {
        if (!turn.is_object())
            return badRecord("wrong_type", tr("Message %1 is %2, not an object.").arg(m_number).arg(typeOf(turn)));
        const bool isShareGpt = !turn.contains("role") && turn.contains("from");
        const char *roleKey = isShareGpt ? "from" : "role";
        const char *textKey = isShareGpt ? "value" : "content";
        if (!turn.contains(roleKey) || !turn[roleKey].is_string())
            return badRecord("unknown_role", tr("Message %1 has no role; it has %2.").arg(m_number).arg(keysOf(turn)));
        const QByteArrayView written = bytesOf(turn[roleKey]);
        const char *role = meantRole(written);
        if (!role)
            return badRecord("unknown_role", tr("Message %1 has the role “%2”; known are system, developer, user, assistant, tool, and human and gpt.")
                                                 .arg(m_number).arg(QString::fromUtf8(written.first(std::min<qsizetype>(written.size(), 40)))));
        m_message["role"] = role;
        if (written == "function_call")
            return addCallAsText(turn, textKey);
        return addParts(turn, textKey);
    }

private:
    using Made = tl::expected<RecordJson, RecordProblem>;

    static QString keysOf(const RecordJson &object)
    {
        QStringList keys;
        for (const auto &entry : object.items())
            keys += nameOf(entry.key());
        return keys.isEmpty() ? tr("nothing") : QStringLiteral("“%1”").arg(keys.mid(0, 20).join(QStringLiteral("”, “")));
    }

    Made addParts(const RecordJson &turn, const char *textKey)
    {
        const bool hasCalls = turn.contains("tool_calls") && turn["tool_calls"].is_array() && !turn["tool_calls"].empty();
        const auto text = contentOf(turn, textKey, hasCalls);
        if (!text)
            return tl::unexpected(text.error());
        m_message["content"] = *text;
        for (const char *key : {"reasoning_content", "reasoning", "thinking"})
            if (turn.contains(key) && turn[key].is_string() && !m_message.contains("reasoning_content") && !isBlank(turn[key]))
                m_message["reasoning_content"] = turn[key];
        if (hasCalls) {
            auto calls = callsOf(turn["tool_calls"]);
            if (!calls)
                return calls;
            m_message["tool_calls"] = std::move(*calls);
        }
        for (const char *key : {"name", "tool_call_id"})
            if (turn.contains(key) && turn[key].is_string())
                m_message[key] = turn[key];
        return std::move(m_message);
    }

    tl::expected<std::string, RecordProblem> contentOf(const RecordJson &turn, const char *key, bool mayBeMissing) const
    {
        if (!turn.contains(key) || turn[key].is_null()) {
            if (mayBeMissing)
                return std::string();
            return badRecord("missing_column", tr("Message %1 has no “%2”; it has %3.").arg(m_number).arg(QLatin1String(key), keysOf(turn)));
        }
        const RecordJson &value = turn[key];
        if (value.is_string())
            return value.get<std::string>();
        if (!value.is_array())
            return badRecord("wrong_type", tr("“%1” of message %2 is %3, not a text.").arg(QLatin1String(key)).arg(m_number).arg(typeOf(value)));
        std::string joined;
        for (const RecordJson &part : value) {
            const bool isText = part.is_object() && part.contains("text") && part["text"].is_string()
                                && (!part.contains("type") || part["type"] == "text");
            if (!isText)
                return badRecord("not_text", tr("Message %1 has a part that is not text; only text can be taught.").arg(m_number));
            joined += part["text"].get<std::string>();
        }
        return joined;
    }

    // {"name", "arguments"}, or {"function": {…}}; arguments as an object, or as a text that holds one
    Made callOf(const RecordJson &call) const
    {
        const RecordJson &function = call.is_object() && call.contains("function") ? call["function"] : call;
        if (!function.is_object() || !function.contains("name") || !function["name"].is_string())
            return badRecord("tool_call", tr("A tool call of message %1 has no name.").arg(m_number));
        RecordJson arguments = RecordJson::object();
        if (function.contains("arguments") && !function["arguments"].is_null()) {
            arguments = function["arguments"];
            if (arguments.is_string())
                arguments = parseRecordJson(bytesOf(arguments));
            if (!arguments.is_object())
                return badRecord("tool_call", tr("The arguments of the call of “%1” in message %2 are not a JSON object.")
                                                  .arg(QString::fromUtf8(bytesOf(function["name"]))).arg(m_number));
        }
        RecordJson made = RecordJson::object();
        if (call.contains("id") && call["id"].is_string())
            made["id"] = call["id"];
        made["type"] = "function";
        made["function"] = RecordJson{{"name", function["name"]}, {"arguments", std::move(arguments)}};
        return made;
    }
    Made callsOf(const RecordJson &calls) const
    {
        RecordJson made = RecordJson::array();
        for (const RecordJson &call : calls) {
            auto one = callOf(call);
            if (!one)
                return one;
            made.push_back(std::move(*one));
        }
        return made;
    }

    // ShareGPT with tools: the turn's text is the call
    Made addCallAsText(const RecordJson &turn, const char *textKey)
    {
        const auto text = contentOf(turn, textKey, false);
        if (!text)
            return tl::unexpected(text.error());
        RecordJson value = parseRecordJson(QByteArrayView(text->data(), static_cast<qsizetype>(text->size())));
        if (!value.is_object() && !value.is_array())
            return badRecord("tool_call", tr("Message %1 should be a tool call, and is not JSON.").arg(m_number));
        auto calls = callsOf(value.is_array() ? value : RecordJson::array({value}));
        if (!calls)
            return calls;
        m_message["content"] = "";
        m_message["tool_calls"] = std::move(*calls);
        return std::move(m_message);
    }

    size_t m_number;
    RecordJson m_message = RecordJson::object();
};

}  // namespace

tl::unexpected<RecordProblem> badRecord(const char *id, const QString &detail)
{
    for (const Title &title : kTitles)
        if (qstrcmp(title.id, id) == 0)
            return tl::unexpected(RecordProblem{QLatin1String(id), tr(title.title), detail});
    return tl::unexpected(RecordProblem{QLatin1String(id), QLatin1String(id), detail});
}

MessagesResult canonicalMessages(const RecordJson &turns)
{
    if (!turns.is_array())
        return badRecord("wrong_type", tr("The conversation is %1, not a list of messages.").arg(typeOf(turns)));
    RecordJson messages = RecordJson::array();
    for (const RecordJson &turn : turns) {
        auto message = MessageMaker(messages.size() + 1).make(turn);
        if (!message)
            return message;
        messages.push_back(std::move(*message));
    }
    return messages;
}

MessagesResult canonicalTools(const RecordJson &tools)
{
    if (tools.is_null() || (tools.is_string() && isBlank(tools)))
        return RecordJson();
    const RecordJson list = tools.is_string() ? parseRecordJson(bytesOf(tools)) : tools;
    if (!list.is_array())
        return badRecord("wrong_type", tr("The tools are not a list."));
    for (const RecordJson &tool : list)
        if (!tool.is_object())
            return badRecord("wrong_type", tr("A description of a tool is %1, not an object.").arg(typeOf(tool)));
    return list.empty() ? RecordJson() : list;
}

tl::expected<void, RecordProblem> checkConversation(const RecordJson &messages)
{
    bool hasAnswer = false;
    for (size_t i = 0; i < messages.size(); ++i) {
        const RecordJson &message = messages[i];
        const RecordJson *before = i > 0 ? &messages[i - 1] : nullptr;
        const bool isAnswer = isRole(message, "assistant");
        const bool isCall = message.contains("tool_calls");
        if (isAnswer && !isCall && !hasText(message, "content"))
            return badRecord("empty_answer", tr("Message %1, an answer, is empty.").arg(i + 1));
        if (isRole(message, "user") && !hasText(message, "content"))
            return badRecord("empty_message", tr("Message %1 is empty.").arg(i + 1));
        if (isAnswer && !before)
            return badRecord("turns", tr("The conversation begins with an answer: nothing was asked."));
        if (isAnswer && isRole(*before, "assistant"))
            return badRecord("turns", tr("Messages %1 and %2 are both answers.").arg(i).arg(i + 1));
        if (isRole(message, "tool") && (!before || !(isRole(*before, "tool") || before->contains("tool_calls"))))
            return badRecord("turns", tr("Message %1 is a tool's result, and no tool was called before it.").arg(i + 1));
        hasAnswer = hasAnswer || isAnswer;
    }
    if (!hasAnswer)
        return badRecord("no_answer", messages.empty() ? tr("The conversation has no messages.")
                                                       : tr("None of its %1 messages is an answer (role assistant or gpt).").arg(messages.size()));
    return {};
}

}  // namespace athanor::corpus
