#include "core/tokenizer/learned_text.h"

#include <QCoreApplication>

namespace athanor::tokenizer {

namespace {

using text::jinja::Kind;
using text::jinja::Text;
using text::jinja::Trust;
using text::jinja::Values;

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

QByteArray partOf(const ChatValue &message, QByteArrayView key)
{
    const ChatValue *found = message.find(key);
    return found ? found->bytes() : QByteArray();
}
bool isAnswer(const ChatValue &message) { return partOf(message, "role") == "assistant"; }
bool callsTools(const ChatValue &message)
{
    const ChatValue *calls = message.find(QByteArrayView("tool_calls"));
    return calls && !calls->items().empty();
}

QByteArray withoutSpace(QByteArrayView text)
{
    QByteArray bare;
    bare.reserve(text.size());
    for (const char c : text)
        if (c != ' ' && c != '\n' && c != '\t' && c != '\r')
            bare += c;
    return bare;
}

/// The message with its own words marked, so that they are known again in whatever the template makes of them.
ChatValue withMarkedWords(const ChatValue &message)
{
    text::jinja::Pairs pairs = message.pairs();
    for (auto &[key, value] : pairs) {
        if (!value.isString() || (key.bytes() != "content" && key.bytes() != "reasoning_content"))
            continue;
        Text words = value.text();
        words.markGenerated();
        value = ChatValue::string(std::move(words));
    }
    return ChatValue::dict(std::move(pairs));
}

std::vector<size_t> answersOf(const Values &messages, LearnFrom learnFrom)
{
    std::vector<size_t> answers;
    for (size_t i = 0; i < messages.size(); ++i)
        if (isAnswer(messages[i]))
            answers.push_back(i);
    if (learnFrom == LearnFrom::LastAnswer && answers.size() > 1)
        answers.erase(answers.begin(), answers.end() - 1);
    return answers;
}

/// One chat with one template.
class AnswerFinder {
public:
    AnswerFinder(const ChatTemplate &chatTemplate, const Values &messages, const ChatValue &tools)
        : m_template(chatTemplate), m_messages(messages), m_tools(tools)
    {
    }

    Result<LearnedText> find(LearnFrom learnFrom)
    {
        ATHANOR_ASSIGN(const RenderedChat whole, render(m_messages.size(), Prompt::No));
        LearnedText learned{whole.text, whole.trusted, {}, false, {}};
        if (learnFrom == LearnFrom::All) {
            learned.learned.push_back({0, whole.text.size()});
            return learned;
        }
        const std::vector<size_t> answers = answersOf(m_messages, learnFrom);
        if (!whole.generated.empty())
            return marked(std::move(learned), whole.generated, answers, learnFrom);
        learned.endsAtMark = true;
        for (const size_t answer : answers)
            ATHANOR_TRY(addAnswer(answer, learned));
        return learned;
    }

private:
    enum class Prompt { No, Yes };

    Result<RenderedChat> renderAll(Values messages, Prompt prompt) const
    {
        ChatOptions options;
        options.addGenerationPrompt = prompt == Prompt::Yes;
        return m_template.render(ChatValue::sequence(std::move(messages)), m_tools, options);
    }
    /// The first `count` messages.
    Result<RenderedChat> render(size_t count, Prompt prompt) const
    {
        return renderAll(Values(m_messages.begin(), m_messages.begin() + static_cast<std::ptrdiff_t>(count)), prompt);
    }
    /// Length of what the first messages make of the text, where it is the text's beginning; else −1.
    qsizetype prefixLength(size_t count, Prompt prompt, const QByteArray &text) const
    {
        if (count == 0)
            return -1;
        const auto part = render(count, prompt);
        return part && text.startsWith(part->text) ? part->text.size() : -1;
    }
    /// From the first to the last byte that comes from this message; empty where none does.
    Result<TextSpan> wordsOf(size_t answer) const
    {
        Values messages = m_messages;
        messages[answer] = withMarkedWords(messages[answer]);
        ATHANOR_ASSIGN(const RenderedChat chat, renderAll(std::move(messages), Prompt::No));
        return chat.generated.empty() ? TextSpan() : TextSpan{chat.generated.front().begin, chat.generated.back().end};
    }

    // The template's own marks; of the last answer alone those after what leads up to it.
    Result<LearnedText> marked(LearnedText learned, const std::vector<TextSpan> &generated, const std::vector<size_t> &answers, LearnFrom learnFrom) const
    {
        learned.learned = generated;
        if (learnFrom != LearnFrom::LastAnswer || answers.empty())
            return learned;
        const qsizetype begin = prefixLength(answers.back(), Prompt::Yes, learned.text);
        std::erase_if(learned.learned, [&](const TextSpan &span) { return begin < 0 ? span.end != generated.back().end : span.end <= begin; });
        return learned;
    }

    Status addAnswer(size_t answer, LearnedText &learned) const
    {
        const bool isLast = answer + 1 == m_messages.size();
        TextSpan span{prefixLength(answer, Prompt::Yes, learned.text),
                      isLast ? learned.text.size() : prefixLength(answer + 1, Prompt::No, learned.text)};
        qsizetype openEnd = -1;
        if (span.begin < 0 || span.end < span.begin) {
            ATHANOR_ASSIGN(const TextSpan words, wordsOf(answer));
            if (words.begin == words.end)
                return leftOut(answer, tr("leaves it out"));
            span.begin = span.begin < 0 ? words.begin : span.begin;
            openEnd = span.end < words.end ? words.end : -1;
            span.end = std::max(span.end, words.end);
        }
        ATHANOR_TRY(checkWords(answer, QByteArrayView(learned.text).sliced(span.begin, span.end - span.begin)));
        learned.learned.push_back(span);
        learned.openEnds.push_back(openEnd);
        return {};
    }

    Status checkWords(size_t answer, QByteArrayView region) const
    {
        const ChatValue &message = m_messages[answer];
        const QByteArray bare = withoutSpace(region);
        if (!bare.contains(withoutSpace(partOf(message, "content"))))
            return leftOut(answer, tr("changes it or leaves a part of it out"));
        if (!bare.contains(withoutSpace(partOf(message, "reasoning_content"))))
            return leftOut(answer, tr("leaves its reasoning out"));
        if (!callsTools(message))
            return {};
        for (const ChatValue &call : message.find(QByteArrayView("tool_calls"))->items()) {
            const ChatValue *function = call.find(QByteArrayView("function"));
            if (function && !bare.contains(withoutSpace(partOf(*function, "name"))))
                return leftOut(answer, tr("has no place for its tool calls"));
        }
        return {};
    }
    tl::unexpected<Error> leftOut(size_t answer, const QString &how) const
    {
        return fail(ErrorCode::InvalidInput, tr("Message %1 is an answer to learn, and the chat template %2.").arg(answer + 1).arg(how),
                    tr("Change the record, learn from the last answer only, or choose the built-in wording."));
    }

    const ChatTemplate &m_template;
    const Values &m_messages;
    const ChatValue &m_tools;
};

}  // namespace

Result<LearnedText> renderToLearn(const ChatTemplate &chatTemplate, const ChatValue &messages, const ChatValue &tools, LearnFrom learnFrom)
{
    return AnswerFinder(chatTemplate, messages.items(), tools).find(learnFrom);
}

Result<LearnedText> joinToLearn(const ChatValue &messages, const ChatValue &tools, LearnFrom learnFrom)
{
    if (!tools.is(Kind::None) || std::any_of(messages.items().begin(), messages.items().end(), callsTools))
        return fail(ErrorCode::InvalidInput, tr("The record calls tools, and question and answer as they stand have no form for that."),
                    tr("Choose the model's template."));
    const auto isSpace = [](char c) { return c == ' ' || c == '\n' || c == '\t' || c == '\r'; };
    const std::vector<size_t> answers = answersOf(messages.items(), learnFrom);
    LearnedText learned;
    for (size_t i = 0; i < messages.items().size(); ++i) {
        const QByteArray words = partOf(messages.items()[i], "content");
        if (!learned.text.isEmpty() && !words.isEmpty() && !isSpace(learned.text.back()) && !isSpace(words.front()))
            learned.text += '\n';
        const qsizetype begin = learned.text.size();
        learned.text += words;
        if (learnFrom == LearnFrom::All || std::find(answers.begin(), answers.end(), i) != answers.end())
            learned.learned.push_back({begin, learned.text.size()});
    }
    if (learnFrom == LearnFrom::All)
        learned.learned.assign(1, {0, learned.text.size()});
    return learned;
}

}  // namespace athanor::tokenizer
