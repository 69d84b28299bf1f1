// See chat_messages.h.
#include "core/tokenizer/chat_messages.h"

#include <QCoreApplication>

namespace athanor::tokenizer {
namespace {

using namespace text::jinja;

const char kContinuationMark[] = "CONTINUE_FINAL_MESSAGE_TAG ";
const char *const kReasoningFields[] = {"reasoning_content", "thinking", "reasoning"};

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

bool isPlainWord(const QByteArray &role)
{
    constexpr qsizetype kLongest = 32;
    const auto isFine = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
    };
    return !role.isEmpty() && role.size() <= kLongest && std::all_of(role.begin(), role.end(), isFine);
}

Value key(const char *name) { return Value::string(name, Trust::Template); }

void setPart(Pairs &message, const char *name, const Value &value)
{
    for (auto &[known, held] : message) {
        if (known.bytes() == name) {
            held = value;
            return;
        }
    }
    message.emplace_back(key(name), value);
}

// "thinking" comes first and yields to the message's own; "reasoning_content" is set whatever stood there.
Value withReasoning(Pairs message)
{
    const Value whole = Value::dict(message);
    for (const char *field : kReasoningFields) {
        const Value *found = whole.find(QByteArrayView(field));
        if (!found)
            continue;
        const Value reasoning = *found;
        if (!whole.find(QByteArrayView("thinking")))
            message.insert(message.begin(), {key("thinking"), reasoning});
        setPart(message, "reasoning_content", reasoning);
        break;
    }
    return Value::dict(std::move(message));
}

Value marked(const Value &text)
{
    Text longer = text.text();
    longer.append(kContinuationMark, Trust::Input);
    return Value::string(std::move(longer));
}

// The last part of a message in parts that has a text, marked.
bool markLastText(Value &content, QByteArray &finalMessage)
{
    Values parts = content.items();
    for (auto part = parts.rbegin(); part != parts.rend(); ++part) {
        const Value *text = part->find(QByteArrayView("text"));
        if (!text || !text->isString())
            continue;
        finalMessage = text->bytes();
        Pairs pairs = part->pairs();
        setPart(pairs, "text", marked(*text));
        *part = Value::dict(std::move(pairs));
        content = Value::sequence(std::move(parts));
        return true;
    }
    return false;
}

QByteArray stripped(const QByteArray &text)
{
    const qsizetype begin = leadingEnd(text);
    return text.mid(begin, trailingBegin(text, begin) - begin);
}

}  // namespace

Result<Values> preparedMessages(const Value &messages)
{
    Values prepared;
    if (!messages.isSequence() || messages.items().empty())
        return fail(ErrorCode::InvalidInput, tr("A chat needs at least one message."));
    for (const Value &message : messages.items()) {
        if (!message.is(Kind::Dict))
            return fail(ErrorCode::InvalidInput, tr("Message %1 of the chat is not a mapping with a role and a content.").arg(prepared.size() + 1));
        Pairs parts;
        for (const auto &[name, value] : message.pairs()) {
            if (value.is(Kind::None))
                continue;
            const bool isRole = name.bytes() == "role" && value.isString() && isPlainWord(value.bytes());
            parts.emplace_back(name, isRole ? Value::string(value.bytes(), Trust::Template) : value);
        }
        prepared.push_back(withReasoning(std::move(parts)));
    }
    return prepared;
}

Status markContinuation(Values &messages, const QByteArray &field, const Template &used, QByteArray &finalMessage)
{
    Pairs message = messages.back().pairs();
    const Value *found = messages.back().find(QByteArrayView(field));
    if (!found)
        return fail(ErrorCode::InvalidInput, tr("The last message has no “%1” to continue.").arg(QString::fromUtf8(field)));
    std::vector<QByteArray> fields{field};
    const bool isReasoning = std::find(std::begin(kReasoningFields), std::end(kReasoningFields), field) != std::end(kReasoningFields);
    if (isReasoning) {
        fields.clear();
        for (const char *name : kReasoningFields) {
            const Value *same = messages.back().find(QByteArrayView(name));
            if (same && same->isString() && same->bytes() == found->bytes())
                fields.emplace_back(name);
        }
    }
    if (std::none_of(fields.begin(), fields.end(), [&](const QByteArray &name) { return used.mentions(name); }))
        return fail(ErrorCode::InvalidInput, tr("The chat template does not use “%1”.").arg(QString::fromUtf8(field)));
    Value content = *found;
    if (content.isSequence()) {
        if (!markLastText(content, finalMessage))
            return fail(ErrorCode::InvalidInput, tr("The last message has no text to continue."));
        setPart(message, field.constData(), content);
    } else {
        finalMessage = content.bytes();
        for (const QByteArray &name : fields)
            setPart(message, name.constData(), marked(content));
    }
    messages.back() = Value::dict(std::move(message));
    return {};
}

Result<Text> cutAtContinuation(const Text &text, const QByteArray &finalMessage)
{
    const QByteArray mark(kContinuationMark);
    const qsizetype at = text.bytes().lastIndexOf(stripped(mark));
    if (at < 0 || !text.bytes().contains(stripped(finalMessage)))
        return fail(ErrorCode::InvalidInput, tr("The chat template changes or leaves out the last message, so it cannot be continued."),
                    tr("Ask for a new answer instead of continuing this one."));
    if (text.bytes().mid(at, mark.size()) == mark)
        return text.slice(0, at);
    const Text cut = text.slice(0, at);
    return cut.slice(0, trailingBegin(cut.bytes(), 0));
}

}  // namespace athanor::tokenizer
