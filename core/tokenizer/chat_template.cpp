// See chat_template.h.
#include "core/tokenizer/chat_template.h"

#include "core/base/atomic_file.h"
#include "core/tokenizer/chat_messages.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QRegularExpression>

namespace athanor::tokenizer {
namespace {

using text::jinja::Kind;
using text::jinja::Trust;

constexpr qint64 kConfigLimit = 64 * 1024 * 1024;
constexpr qint64 kTemplateLimit = 1024 * 1024;
constexpr qsizetype kMostTemplates = 64;
constexpr char kTemplateFile[] = "chat_template.jinja";
constexpr char kMoreTemplates[] = "additional_chat_templates";
const QString kDefault = QStringLiteral("default");

QString tr(const char *text) { return QCoreApplication::translate("athanor::tokenizer", text); }

std::vector<TextSpan> spansOf(const std::vector<text::jinja::Span> &spans)
{
    std::vector<TextSpan> result;
    for (const text::jinja::Span &span : spans)
        result.push_back({span.begin, span.end});
    return result;
}

// "<s>", or {"content": "<s>", …}
QByteArray tokenText(const ChatValue &value)
{
    const ChatValue *content = value.find(QByteArrayView("content"));
    return content ? content->bytes() : value.bytes();
}

ChatValue written(const QByteArray &text) { return ChatValue::string(text, Trust::Template); }

bool isTemplateName(const QString &file)
{
    static const QRegularExpression name(QStringLiteral("^[A-Za-z0-9._-]{1,100}\\.jinja$"));
    return name.match(file).hasMatch();
}

}  // namespace

QStringList chatTemplateFiles(const QString &folder)
{
    QStringList files;
    if (QFileInfo(folder + QLatin1Char('/') + QLatin1String(kTemplateFile)).isFile())
        files += QLatin1String(kTemplateFile);
    const QDir more(folder + QLatin1Char('/') + QLatin1String(kMoreTemplates));
    for (const QString &file : more.entryList({QStringLiteral("*.jinja")}, QDir::Files, QDir::Name))
        if (isTemplateName(file) && files.size() <= kMostTemplates)
            files += QLatin1String(kMoreTemplates) + QLatin1Char('/') + file;
    return files;
}

QStringList chatTemplatesLeftOut(const QString &folder)
{
    const QStringList used = chatTemplateFiles(folder);
    QStringList files;
    for (const QString &file : QDir(folder + QLatin1Char('/') + QLatin1String(kMoreTemplates)).entryList({QStringLiteral("*.jinja")}, QDir::Files, QDir::Name))
        if (!used.contains(QLatin1String(kMoreTemplates) + QLatin1Char('/') + file))
            files += file;
    return files;
}

Status copyChatTemplates(const QString &from, const QString &to)
{
    for (const QString &file : chatTemplateFiles(from)) {
        ATHANOR_ASSIGN(const QByteArray bytes, readFile(from + QLatin1Char('/') + file, kTemplateLimit));
        const QString target = to + QLatin1Char('/') + file;
        ATHANOR_TRY(makeFolder(QFileInfo(target).path()));
        ATHANOR_TRY(writeFileAtomically(target, bytes));
    }
    return {};
}

ChatValue chatMessage(const QByteArray &role, const QByteArray &content)
{
    return ChatValue::dict({{written("role"), ChatValue::string(role, Trust::Input)},
                            {written("content"), ChatValue::string(content, Trust::Input)}});
}

Status ChatTemplate::add(const QString &name, const QByteArray &source)
{
    ATHANOR_ASSIGN(text::jinja::Template parsed, text::jinja::Template::parse(source));
    for (Named &known : m_templates) {
        if (known.name == name) {
            known = {name, source, std::move(parsed)};
            return {};
        }
    }
    m_templates.push_back({name, source, std::move(parsed)});
    return {};
}

// A text, or a list of {"name", "template"}.
Status ChatTemplate::addFrom(const ChatValue &entry)
{
    if (entry.isString())
        return add(kDefault, entry.bytes());
    for (const ChatValue &item : entry.items()) {
        const ChatValue *name = item.find(QByteArrayView("name"));
        const ChatValue *source = item.find(QByteArrayView("template"));
        if (!name || !source || !name->isString() || !source->isString())
            return fail(ErrorCode::Corrupt, tr("The list of chat templates has an entry without a name or a template."));
        ATHANOR_TRY(add(QString::fromUtf8(name->bytes()), source->bytes()));
    }
    return {};
}

void ChatTemplate::addSpecialTokens(const ChatValue &config)
{
    const auto set = [this](const QByteArray &name, ChatValue value) {
        for (auto &[known, held] : m_specialTokens) {
            if (known == name) {
                held = std::move(value);
                return;
            }
        }
        m_specialTokens.emplace_back(name, std::move(value));
    };
    for (const auto &[key, value] : config.pairs()) {
        const QByteArray &name = key.bytes();
        if (name.endsWith("_token")) {
            if (const QByteArray text = tokenText(value); !text.isEmpty())
                set(name, written(text));
        } else if (name == "additional_special_tokens" && value.is(Kind::List)) {
            text::jinja::Values tokens;
            for (const ChatValue &token : value.items())
                tokens.push_back(written(tokenText(token)));
            if (!tokens.empty())
                set(name, ChatValue::sequence(std::move(tokens)));
        }
    }
}

Result<ChatTemplate> ChatTemplate::create(const QByteArray &source, const QHash<QString, QString> &specialTokens)
{
    ChatTemplate made;
    ATHANOR_TRY(made.add(kDefault, source));
    for (auto token = specialTokens.begin(); token != specialTokens.end(); ++token)
        made.m_specialTokens.emplace_back(token.key().toUtf8(), written(token.value().toUtf8()));
    return made;
}

Result<ChatTemplate> ChatTemplate::parseTokenizerConfig(const QByteArray &json)
{
    ATHANOR_ASSIGN(const ChatValue config, text::jinja::parseJson(json, Trust::Template));
    ChatTemplate made;
    made.addSpecialTokens(config);
    const ChatValue *entry = config.find(QByteArrayView("chat_template"));
    if (!entry || (!entry->isString() && !entry->is(Kind::List)))
        return fail(ErrorCode::NotFound, tr("The tokenizer's settings hold no chat template."));
    ATHANOR_TRY(made.addFrom(*entry));
    return made;
}

Result<ChatTemplate> ChatTemplate::read(const QString &folder)
{
    ChatTemplate made;
    for (const char *name : {"/special_tokens_map.json", "/tokenizer_config.json"}) {
        const QString path = folder + QLatin1String(name);
        if (!QFileInfo::exists(path))
            continue;
        ATHANOR_ASSIGN(const QByteArray bytes, readFile(path, kConfigLimit));
        ATHANOR_ASSIGN(const ChatValue config, text::jinja::parseJson(bytes, Trust::Template));
        made.addSpecialTokens(config);
        if (const ChatValue *entry = config.find(QByteArrayView("chat_template")))
            ATHANOR_TRY(made.addFrom(*entry));
    }
    const QString file = folder + QLatin1Char('/') + QLatin1String(kTemplateFile);
    if (QFileInfo::exists(file)) {
        ATHANOR_ASSIGN(const QByteArray source, readFile(file, kConfigLimit));
        ATHANOR_TRY(made.add(kDefault, source));
    }
    for (const QString &more : chatTemplateFiles(folder)) {
        if (more == QLatin1String(kTemplateFile))
            continue;
        ATHANOR_ASSIGN(const QByteArray source, readFile(folder + QLatin1Char('/') + more, kTemplateLimit));
        ATHANOR_TRY(made.add(QFileInfo(more).completeBaseName(), source));
    }
    if (made.m_templates.empty())
        return fail(ErrorCode::NotFound, tr("The folder “%1” holds no chat template.").arg(folder),
                    tr("A model without one continues texts; fine-tune it on chats to give it one."));
    return made;
}

void ChatTemplate::addTokensOf(const Tokenizer &tokenizer)
{
    const auto addMissing = [&](const QByteArray &name, TokenId id) {
        const auto isIt = [&](const auto &known) { return known.first == name; };
        if (id >= 0 && std::none_of(m_specialTokens.begin(), m_specialTokens.end(), isIt))
            m_specialTokens.emplace_back(name, written(tokenizer.tokenText(id).toUtf8()));
    };
    addMissing("bos_token", tokenizer.beginOfDocument());
    addMissing("eos_token", tokenizer.endOfDocument());
    addMissing("unk_token", tokenizer.unknown());
}

Result<const ChatTemplate::Named *> ChatTemplate::choose(const ChatValue &tools, const QString &name) const
{
    const auto find = [this](const QString &wanted) -> const Named * {
        const auto found = std::find_if(m_templates.begin(), m_templates.end(),
                                        [&](const Named &candidate) { return candidate.name == wanted; });
        return found == m_templates.end() ? nullptr : &*found;
    };
    const Named *chosen = name.isEmpty() && !tools.is(Kind::None) ? find(QStringLiteral("tool_use")) : nullptr;
    if (!chosen)
        chosen = find(name.isEmpty() ? kDefault : name);
    if (!chosen)
        return fail(ErrorCode::NotFound, tr("The model has no chat template named “%1”.").arg(name.isEmpty() ? kDefault : name),
                    tr("It has: %1.").arg(names().join(QStringLiteral(", "))));
    return chosen;
}

Result<RenderedChat> ChatTemplate::render(const ChatValue &messages, const ChatValue &tools, const ChatOptions &options) const
{
    ATHANOR_ASSIGN(const Named *chosen, choose(tools, options.templateName));
    ATHANOR_ASSIGN(text::jinja::Values prepared, preparedMessages(messages));
    QByteArray finalMessage;
    const bool continues = !options.continueField.isEmpty();
    if (continues && options.addGenerationPrompt)
        return fail(ErrorCode::InvalidInput, tr("A chat can either continue its last message or begin a new one, not both."));
    if (continues)
        ATHANOR_TRY(markContinuation(prepared, options.continueField, chosen->parsed, finalMessage));
    text::jinja::Variables variables = options.variables;
    const auto addMissing = [&variables](const QByteArray &name, const ChatValue &value) {
        if (std::none_of(variables.begin(), variables.end(), [&](const auto &known) { return known.first == name; }))
            variables.emplace_back(name, value);
    };
    addMissing("messages", ChatValue::sequence(std::move(prepared)));
    addMissing("tools", tools);
    addMissing("documents", ChatValue::none());
    addMissing("add_generation_prompt", ChatValue::boolean(options.addGenerationPrompt));
    for (const auto &[name, value] : m_specialTokens)
        addMissing(name, value);
    ATHANOR_ASSIGN(text::jinja::Text text, chosen->parsed.render(variables, options.limits));
    if (continues) {
        ATHANOR_ASSIGN(text, cutAtContinuation(text, finalMessage));
    }
    return RenderedChat{text.bytes(), spansOf(text.trusted()), spansOf(text.generated())};
}

QStringList ChatTemplate::names() const
{
    QStringList names;
    for (const Named &known : m_templates)
        names.append(known.name);
    return names;
}

QByteArray ChatTemplate::source(const QString &name) const
{
    for (const Named &known : m_templates) {
        if (known.name == name)
            return known.source;
    }
    return {};
}

bool ChatTemplate::marksGeneration() const
{
    return std::any_of(m_templates.begin(), m_templates.end(), [](const Named &known) { return known.parsed.marksGeneration(); });
}

bool ChatTemplate::mentions(QByteArrayView word) const
{
    return std::any_of(m_templates.begin(), m_templates.end(), [&](const Named &known) { return known.parsed.mentions(word); });
}

}  // namespace athanor::tokenizer
