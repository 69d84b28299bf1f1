// See record_encoder.h.
#include "core/tokenizer/record_encoder.h"

#include "core/base/hash.h"
#include "core/tokenizer/learned_text.h"
#include "core/tokenizer/token_places.h"

#include <QCoreApplication>
#include <QJsonDocument>

namespace athanor::tokenizer {

namespace {

using text::jinja::Kind;
using text::jinja::Trust;
using text::jinja::Values;

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

const ChatValue &entryOr(const ChatValue &object, const char *key, const ChatValue &otherwise)
{
    const ChatValue *found = object.find(QByteArrayView(key));
    return found ? *found : otherwise;
}

bool hasRole(const ChatValue &message, QByteArrayView role)
{
    const ChatValue *found = message.find(QByteArrayView("role"));
    return found && found->bytes() == role;
}
bool isInstruction(const ChatValue &message) { return hasRole(message, "system") || hasRole(message, "developer"); }

/// Index of the message after the oldest exchange: a question, and all up to the next question. 0: there is only one.
size_t afterOldestExchange(const Values &messages)
{
    size_t first = 0;
    while (first < messages.size() && isInstruction(messages[first]))
        ++first;
    for (size_t i = first + 1; i < messages.size(); ++i)
        if (hasRole(messages[i], "user"))
            return std::any_of(messages.begin() + static_cast<std::ptrdiff_t>(i), messages.end(),
                               [](const ChatValue &message) { return hasRole(message, "assistant"); })
                       ? i
                       : 0;
    return 0;
}

Values withoutOldestExchange(const Values &messages, size_t after)
{
    Values left;
    for (size_t i = 0; i < messages.size(); ++i)
        if (i >= after || isInstruction(messages[i]))
            left.push_back(messages[i]);
    return left;
}

EncodedRecord refused(const QString &reason)
{
    EncodedRecord record;
    record.reasonTeachesNothing = reason;
    return record;
}
EncodedRecord refused(const Error &error) { return refused(error.hint.isEmpty() ? error.message : error.message + QLatin1Char(' ') + error.hint); }

void drop(EncodedRecord &record, qint64 begin, qint64 end)
{
    const auto cut = [=](auto &list) { list.erase(list.begin() + begin, list.begin() + end); };
    cut(record.ids);
    cut(record.learns);
    cut(record.spans);
    cut(record.fromTemplate);
    record.truncatedTokens += end - begin;
}

}  // namespace

struct RecordEncoder::Impl {
    Impl(std::shared_ptr<const Tokenizer> used, std::optional<ChatTemplate> given, RecordSettings chosen)
        : tokenizer(std::move(used)), chatTemplate(std::move(given)), settings(std::move(chosen)), places(*tokenizer)
    {
    }

    std::shared_ptr<const Tokenizer> tokenizer;
    std::optional<ChatTemplate> chatTemplate;  // none: question and answer as they stand
    RecordSettings settings;
    TokenPlaces places;
    bool isBuiltIn = false;   // the template is plainChatTemplate()
    QString fingerprint;

    bool isChat() const { return chatTemplate.has_value(); }
    bool addsSurroundings() const { return !isChat() || isBuiltIn; }

    Result<LearnedText> render(const Values &messages, const ChatValue &tools) const;
    Values prepared(const ChatValue &messages) const;
    EncodedRecord encodeChat(const ChatValue &record) const;
    EncodedRecord encodeTwoSided(const ChatValue &record) const;
    Result<EncodedRecord> asked(const Values &messages, const ChatValue &tools) const;
    EncodedRecord encodeLabelled(const ChatValue &record) const;
    Result<EncodedRecord> encodeMessages(const Values &messages, const ChatValue &tools) const;
    EncodedRecord tokensOf(LearnedText text) const;
    void addMark(EncodedRecord &record, TokenId id, bool learns) const;
    void addPrefix(EncodedRecord &record) const;
    void markLearned(EncodedRecord &record, const LearnedText &text) const;
    void endSpan(EncodedRecord &record, const LearnedText &text, size_t number) const;
    void limit(EncodedRecord &record) const;
    static void finish(EncodedRecord &record, qint64 learnedBefore);
};

// The record's own instruction to the model gives way to the one of the settings.
Values RecordEncoder::Impl::prepared(const ChatValue &messages) const
{
    Values list = messages.items();
    if (settings.systemPrompt.isEmpty())
        return list;
    const ChatValue system = chatMessage("system", settings.systemPrompt.toUtf8());
    if (!list.empty() && isInstruction(list.front()))
        list.front() = system;
    else
        list.insert(list.begin(), system);
    return list;
}

Result<LearnedText> RecordEncoder::Impl::render(const Values &messages, const ChatValue &tools) const
{
    const ChatValue list = ChatValue::sequence(messages);
    return isChat() ? renderToLearn(*chatTemplate, list, tools, settings.learnFrom) : joinToLearn(list, tools, settings.learnFrom);
}

void RecordEncoder::Impl::addMark(EncodedRecord &record, TokenId id, bool learns) const
{
    record.ids.push_back(id);
    record.learns.push_back(learns);
    record.fromTemplate.push_back(true);
    const qsizetype end = record.text.size();
    record.spans.push_back({end, end});
}

void RecordEncoder::Impl::addPrefix(EncodedRecord &record) const
{
    const std::vector<TokenId> prefix = tokenizer->textPrefix();
    record.ids.insert(record.ids.begin(), prefix.begin(), prefix.end());
    record.learns.insert(record.learns.begin(), prefix.size(), false);
    record.fromTemplate.insert(record.fromTemplate.begin(), prefix.size(), true);
    record.spans.insert(record.spans.begin(), prefix.size(), TextSpan());
}

// An answer ends with its mark; what the template writes after that, no model gets to produce. Where the end of an answer
// in the text is not known, its words are, and it goes up to the mark after them.
void RecordEncoder::Impl::endSpan(EncodedRecord &record, const LearnedText &text, size_t number) const
{
    const TextSpan span = text.learned[number];
    const qsizetype openEnd = text.openEnds.empty() ? -1 : text.openEnds[number];
    const auto first = static_cast<size_t>(std::lower_bound(record.spans.begin(), record.spans.end(), span.begin,
                                                            [](const TextSpan &token, qsizetype at) { return token.end <= at; })
                                           - record.spans.begin());
    size_t mark = record.ids.size();
    for (size_t i = first; i < record.ids.size() && (openEnd >= 0 || record.spans[i].begin < span.end); ++i) {
        if (!places.isControl(record.ids[i]) || !record.fromTemplate[i] || record.spans[i].begin < std::max(openEnd, span.begin))
            continue;
        mark = i;
        if (openEnd >= 0)
            break;
    }
    if (mark == record.ids.size())
        return;
    record.learns[mark] = true;
    if (openEnd >= 0) {
        for (size_t i = first; i < mark; ++i)
            record.learns[i] = record.learns[i] || record.spans[i].begin >= openEnd;
        return;
    }
    size_t end = mark + 1;
    while (end < record.ids.size() && record.spans[end].begin < span.end)
        ++end;
    if (std::all_of(record.fromTemplate.begin() + static_cast<std::ptrdiff_t>(mark) + 1, record.fromTemplate.begin() + static_cast<std::ptrdiff_t>(end),
                    [](bool written) { return written; }))
        std::fill(record.learns.begin() + static_cast<std::ptrdiff_t>(mark) + 1, record.learns.begin() + static_cast<std::ptrdiff_t>(end), false);
}

void RecordEncoder::Impl::markLearned(EncodedRecord &record, const LearnedText &text) const
{
    for (size_t i = 0; i < record.ids.size(); ++i) {
        const TextSpan &span = record.spans[i];
        record.learns[i] = touches(text.learned, span);
        record.fromTemplate[i] = span.begin < span.end && liesWithin(text.trusted, span);
    }
    if (text.endsAtMark)
        for (size_t number = 0; number < text.learned.size(); ++number)
            endSpan(record, text, number);
}

EncodedRecord RecordEncoder::Impl::tokensOf(LearnedText text) const
{
    EncodedRecord record;
    record.ids = isChat() ? tokenizer->encodeTemplate(text.text, text.trusted) : tokenizer->encode(text.text);
    record.spans = places.find(text.text, record.ids, text.trusted);
    record.learns.resize(record.ids.size());
    record.fromTemplate.resize(record.ids.size());
    markLearned(record, text);
    record.text = std::move(text.text);
    if (addsSurroundings())
        addPrefix(record);
    if (!isChat() && !text.learned.empty() && text.learned.back().end == record.text.size())
        addMark(record, tokenizer->endOfDocument(), true);
    if (!record.learns.empty())
        record.learns[0] = false;  // nothing stands before it
    return record;
}

void RecordEncoder::Impl::limit(EncodedRecord &record) const
{
    const auto count = static_cast<qint64>(record.ids.size());
    if (settings.maxTokens > 0 && count > settings.maxTokens)
        drop(record, settings.maxTokens, count);
}

void RecordEncoder::Impl::finish(EncodedRecord &record, qint64 learnedBefore)
{
    if (!record.reasonTeachesNothing.isEmpty() || record.learnedTokens() > 0)
        return;
    record.reasonTeachesNothing = learnedBefore > 0
        ? tr("All %1 tokens to learn lie beyond the limit of %2 tokens. Raise the limit, or cut the oldest turns first.").arg(learnedBefore).arg(record.ids.size())
        : tr("It has no token to learn.");
}

Result<EncodedRecord> RecordEncoder::Impl::encodeMessages(const Values &messages, const ChatValue &tools) const
{
    ATHANOR_ASSIGN(LearnedText text, render(messages, tools));
    return tokensOf(std::move(text));
}

EncodedRecord RecordEncoder::Impl::encodeChat(const ChatValue &record) const
{
    static const ChatValue kNone = ChatValue::none();
    const ChatValue &tools = entryOr(record, "tools", kNone);
    Values messages = prepared(entryOr(record, "messages", kNone));
    auto encoded = encodeMessages(messages, tools);
    if (!encoded)
        return refused(encoded.error());
    const auto before = static_cast<qint64>(encoded->ids.size());
    const qint64 learned = encoded->learnedTokens();
    while (settings.truncate == TruncateAt::Front && settings.maxTokens > 0 && static_cast<qint64>(encoded->ids.size()) > settings.maxTokens) {
        const size_t after = afterOldestExchange(messages);
        if (after == 0)
            break;
        messages = withoutOldestExchange(messages, after);
        encoded = encodeMessages(messages, tools);
        if (!encoded)
            return refused(encoded.error());
        encoded->truncatedTokens = std::max<qint64>(0, before - static_cast<qint64>(encoded->ids.size()));
    }
    limit(*encoded);
    finish(*encoded, learned);
    return std::move(*encoded);
}

// What the encoder reads, as generation asks it; nothing of it is learned.
Result<EncodedRecord> RecordEncoder::Impl::asked(const Values &messages, const ChatValue &tools) const
{
    EncodedRecord record;
    std::vector<TextSpan> trusted;
    if (isChat()) {
        ChatOptions options;
        options.addGenerationPrompt = true;
        ATHANOR_ASSIGN(RenderedChat chat, chatTemplate->render(ChatValue::sequence(messages), tools, options));
        record.text = std::move(chat.text);
        trusted = std::move(chat.trusted);
    } else {
        ATHANOR_ASSIGN(LearnedText text, joinToLearn(ChatValue::sequence(messages), tools, LearnFrom::All));
        record.text = std::move(text.text);
    }
    record.ids = isChat() ? tokenizer->encodeTemplate(record.text, trusted) : tokenizer->encode(record.text);
    record.spans = places.find(record.text, record.ids, trusted);
    record.learns.resize(record.ids.size());
    for (const TextSpan &span : record.spans)
        record.fromTemplate.push_back(span.begin < span.end && liesWithin(trusted, span));
    const auto around = static_cast<qint64>((addsSurroundings() ? tokenizer->textPrefix().size() : 0) + tokenizer->textSuffix().size());
    const auto count = static_cast<qint64>(record.ids.size());
    if (const qint64 room = std::max<qint64>(0, settings.maxTokens - around); settings.maxTokens > 0 && count > room)
        settings.truncate == TruncateAt::Front ? drop(record, 0, count - room) : drop(record, room, count);
    if (addsSurroundings())
        addPrefix(record);
    for (const TokenId id : tokenizer->textSuffix())
        addMark(record, id, false);
    if (record.ids.empty())
        addMark(record, std::max<TokenId>(0, tokenizer->endOfDocument()), false);
    return record;
}

EncodedRecord RecordEncoder::Impl::encodeTwoSided(const ChatValue &record) const
{
    static const ChatValue kNone = ChatValue::none();
    Values messages = prepared(entryOr(record, "messages", kNone));
    while (!messages.empty() && !hasRole(messages.back(), "assistant"))
        messages.pop_back();
    if (messages.empty())
        return refused(tr("It has no answer to learn."));
    const QByteArray answer = entryOr(messages.back(), "content", kNone).bytes();
    messages.pop_back();
    auto encoded = asked(messages, entryOr(record, "tools", kNone));
    if (!encoded)
        return refused(encoded.error());
    const std::vector<TokenId> ids = tokenizer->encode(answer);
    const auto room = settings.maxTokens > 0 ? std::min<size_t>(ids.size(), static_cast<size_t>(settings.maxTokens)) : ids.size();
    const qsizetype before = encoded->text.size();
    const std::vector<TextSpan> spans = places.find(answer, ids, {});
    encoded->text += answer;
    for (size_t i = 0; i < room; ++i) {
        encoded->ids.push_back(ids[i]);
        encoded->learns.push_back(true);
        encoded->fromTemplate.push_back(false);
        encoded->spans.push_back({spans[i].begin + before, spans[i].end + before});
    }
    encoded->truncatedTokens += static_cast<qint64>(ids.size() - room);
    if (room == ids.size() && (settings.maxTokens == 0 || static_cast<qint64>(room) < settings.maxTokens))
        addMark(*encoded, tokenizer->endOfDocument(), true);
    if (answer.isEmpty())
        encoded->reasonTeachesNothing = tr("It has no token to learn.");
    return std::move(*encoded);
}

EncodedRecord RecordEncoder::Impl::encodeLabelled(const ChatValue &record) const
{
    static const ChatValue kNone = ChatValue::none();
    const QString label = QString::fromUtf8(entryOr(record, "label", kNone).bytes());
    EncodedRecord encoded;
    encoded.text = entryOr(record, "text", kNone).bytes();
    encoded.ids = tokenizer->encode(encoded.text);
    encoded.spans = places.find(encoded.text, encoded.ids, {});
    encoded.learns.resize(encoded.ids.size());
    encoded.fromTemplate.resize(encoded.ids.size());
    encoded.label = static_cast<int>(settings.labels.indexOf(label));
    const auto around = static_cast<qint64>(tokenizer->textPrefix().size() + tokenizer->textSuffix().size());
    const auto count = static_cast<qint64>(encoded.ids.size());
    if (const qint64 room = settings.maxTokens - around; settings.maxTokens > 0 && count > room) {
        const qint64 left = std::max<qint64>(0, room);
        settings.truncate == TruncateAt::Front ? drop(encoded, 0, count - left) : drop(encoded, left, count);
    }
    addPrefix(encoded);
    for (const TokenId id : tokenizer->textSuffix())
        addMark(encoded, id, false);
    if (encoded.label < 0)
        encoded.reasonTeachesNothing = tr("Its label “%1” is none of the %2 labels of the dataset.").arg(label).arg(settings.labels.size());
    else if (static_cast<qint64>(encoded.ids.size()) <= around)
        encoded.reasonTeachesNothing = tr("None of its text fits into %1 tokens.").arg(settings.maxTokens);
    return encoded;
}

Result<RecordEncoder> RecordEncoder::create(std::shared_ptr<const Tokenizer> tokenizer, std::optional<ChatTemplate> chatTemplate, RecordSettings settings)
{
    const bool isOwn = settings.wording == RecordWording::Template && chatTemplate;
    const bool isTwoSided = settings.sides == RecordSides::Two;
    if ((!isOwn || isTwoSided) && tokenizer->endOfDocument() < 0 && settings.labels.isEmpty())
        return fail(ErrorCode::Unsupported, tr("This tokenizer has no mark for the end of an answer."),
                    tr("Choose a model with a chat template, or another tokenizer."));
    if (settings.wording == RecordWording::Completion || (isTwoSided && !isOwn && settings.wording == RecordWording::Template)) {
        chatTemplate.reset();
    } else if (!isOwn) {
        ATHANOR_ASSIGN(chatTemplate, ChatTemplate::create(plainChatTemplate()));
    }
    if (chatTemplate)
        chatTemplate->addTokensOf(*tokenizer);
    auto impl = std::make_unique<Impl>(std::move(tokenizer), std::move(chatTemplate), std::move(settings));
    impl->isBuiltIn = impl->isChat() && !isOwn;
    Sha256 hash;
    hash.add(impl->tokenizer->sha256().toUtf8());
    if (impl->isChat())
        for (const QString &name : impl->chatTemplate->names())
            hash.add('\n' + name.toUtf8() + '\n' + impl->chatTemplate->source(name));
    hash.add('\n' + QJsonDocument(impl->settings.toJson()).toJson(QJsonDocument::Compact) + impl->settings.labels.join(QLatin1Char('\n')).toUtf8());
    impl->fingerprint = hash.finish();
    return RecordEncoder(std::move(impl));
}

Result<RecordEncoder> RecordEncoder::forFolder(const QString &folder, RecordSettings settings)
{
    ATHANOR_ASSIGN(auto tokenizer, readTokenizer(folder));
    auto chatTemplate = ChatTemplate::read(folder);
    if (!chatTemplate && chatTemplate.error().code != ErrorCode::NotFound)
        return fail(chatTemplate.error());
    return create(std::move(tokenizer), chatTemplate ? std::optional(std::move(*chatTemplate)) : std::nullopt, std::move(settings));
}

RecordEncoder::RecordEncoder(std::unique_ptr<Impl> impl) : m_impl(std::move(impl)) {}
RecordEncoder::RecordEncoder(RecordEncoder &&) noexcept = default;
RecordEncoder &RecordEncoder::operator=(RecordEncoder &&) noexcept = default;
RecordEncoder::~RecordEncoder() = default;

EncodedRecord RecordEncoder::encode(QByteArrayView record) const
{
    const auto parsed = text::jinja::parseJson(record, Trust::Input);
    if (parsed && parsed->find(QByteArrayView("messages")))
        return m_impl->settings.sides == RecordSides::Two ? m_impl->encodeTwoSided(*parsed) : m_impl->encodeChat(*parsed);
    if (parsed && parsed->find(QByteArrayView("text")))
        return m_impl->encodeLabelled(*parsed);
    return refused(tr("It is not a record: it has neither messages nor a text with a label."));
}

EncodedRecord RecordEncoder::encodeText(QByteArrayView text) const
{
    EncodedRecord record;
    record.text = text.toByteArray();
    record.ids = m_impl->tokenizer->encode(text);
    record.spans = m_impl->places.find(text, record.ids, {});
    record.learns.assign(record.ids.size(), true);
    record.fromTemplate.assign(record.ids.size(), false);
    m_impl->addPrefix(record);
    if (m_impl->tokenizer->endOfDocument() >= 0)
        m_impl->addMark(record, m_impl->tokenizer->endOfDocument(), true);
    if (!record.learns.empty())
        record.learns[0] = false;
    const qint64 learned = record.learnedTokens();
    m_impl->limit(record);
    Impl::finish(record, learned);
    return record;
}

Result<std::vector<TokenId>> RecordEncoder::encodePrompt(QByteArrayView record) const
{
    static const ChatValue kNone = ChatValue::none();
    ATHANOR_ASSIGN(const ChatValue parsed, text::jinja::parseJson(record, Trust::Input));
    const Values messages = m_impl->prepared(entryOr(parsed, "messages", kNone));
    const ChatValue &tools = entryOr(parsed, "tools", kNone);
    const std::vector<TokenId> prefix = m_impl->addsSurroundings() ? m_impl->tokenizer->textPrefix() : std::vector<TokenId>();
    std::vector<TokenId> ids;
    if (m_impl->isChat()) {
        ChatOptions options;
        options.addGenerationPrompt = true;
        ATHANOR_ASSIGN(const RenderedChat chat, m_impl->chatTemplate->render(ChatValue::sequence(messages), tools, options));
        ids = m_impl->tokenizer->encodeTemplate(chat.text, chat.trusted);
    } else {
        ATHANOR_ASSIGN(LearnedText text, joinToLearn(ChatValue::sequence(messages), tools, LearnFrom::All));
        const bool isOpen = !text.text.isEmpty() && text.text.back() != ' ' && text.text.back() != '\n' && text.text.back() != '\t';
        ids = m_impl->tokenizer->encode(isOpen ? text.text + '\n' : text.text);
    }
    ids.insert(ids.begin(), prefix.begin(), prefix.end());
    return ids;
}

const Tokenizer &RecordEncoder::tokenizer() const { return *m_impl->tokenizer; }
const RecordSettings &RecordEncoder::settings() const { return m_impl->settings; }
QString RecordEncoder::fingerprint() const { return m_impl->fingerprint; }

QString RecordEncoder::wordingTitle() const
{
    if (!m_impl->isChat())
        return tr("question and answer as they stand");
    return m_impl->isBuiltIn ? tr("the built-in wording") : tr("the model's chat template");
}

QStringList RecordEncoder::notes() const
{
    QStringList notes;
    if (m_impl->isBuiltIn && m_impl->settings.wording == RecordWording::Template)
        notes += tr("The model has no chat template: its answers are taught in the built-in wording.");
    if (!m_impl->isChat() || m_impl->settings.learnFrom == LearnFrom::All)
        return notes;
    const EncodedRecord probe = encode(R"({"messages":[{"role":"user","content":"Hello"},{"role":"assistant","content":"Hello."}]})");
    const auto last = std::find(probe.learns.rbegin(), probe.learns.rend(), true);
    if (!probe.teaches()) {
        notes += tr("A short conversation cannot be taught: %1").arg(probe.reasonTeachesNothing);
    } else if (!m_impl->places.isControl(probe.ids[static_cast<size_t>(probe.learns.rend() - last) - 1])) {
        notes += tr("The end of an answer is not learned as a mark: the model may not know when to stop.");
    }
    return notes;
}

}  // namespace athanor::tokenizer
