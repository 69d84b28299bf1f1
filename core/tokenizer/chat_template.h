// Chats as a model was taught to read them. Role: messages become one text by the template that came with the model,
// byte for byte as transformers' apply_chat_template, together with the spans that the template wrote itself (only
// there may Tokenizer::encodeTemplate find control tokens) and those it marks as the model's own words.
// Errors: as core/text/jinja.h; NotFound where a folder has no template. Thread: const members are safe.
#pragma once

#include "core/text/jinja.h"
#include "core/tokenizer/tokenizer.h"

#include <QHash>

namespace athanor::tokenizer {

/// Lists and mappings in JSON's sense, with keys in their order (text::jinja::parseJson(…, Trust::Input) reads them).
using ChatValue = text::jinja::Value;

struct ChatOptions {
    bool addGenerationPrompt = false;
    /// "content", say: the last message stays open at the end of this part of it, without an end mark.
    QByteArray continueField;
    /// More that the template may ask for (enable_thinking …); nothing in it counts as the template's own words.
    text::jinja::Variables variables;
    QString templateName;  // of several; empty: as transformers chooses ("tool_use" with tools, else "default")
    text::jinja::RenderOptions limits;
};

struct RenderedChat {
    QByteArray text;
    std::vector<TextSpan> trusted;
    std::vector<TextSpan> generated;  // inside {% generation %}: what training learns from
};

class ATHANOR_EXPORT ChatTemplate {
public:
    /// `specialTokens`: "bos_token" → "<s>" …, as the template's variables are called.
    static Result<ChatTemplate> create(const QByteArray &source, const QHash<QString, QString> &specialTokens = {});
    /// A model's folder: chat_template.jinja, or else chat_template in tokenizer_config.json (a text, or a list of
    /// named ones), additional_chat_templates/*.jinja, and the special tokens of tokenizer_config.json.
    static Result<ChatTemplate> read(const QString &folder);
    /// The text of a tokenizer_config.json.
    static Result<ChatTemplate> parseTokenizerConfig(const QByteArray &json);

    /// bos_token, eos_token and unk_token from the tokenizer, where no file named them.
    void addTokensOf(const Tokenizer &tokenizer);

    /// `messages`: a list of mappings with "role" and "content" …; `tools`: none, or a list of JSON schemas.
    Result<RenderedChat> render(const ChatValue &messages, const ChatValue &tools = ChatValue::none(),
                                const ChatOptions &options = {}) const;

    QStringList names() const;
    QByteArray source(const QString &name = QStringLiteral("default")) const;
    /// The template says itself which words are the model's ({% generation %}).
    bool marksGeneration() const;
    bool mentions(QByteArrayView word) const;

private:
    struct Named {
        QString name;
        QByteArray source;
        text::jinja::Template parsed;
    };
    Status add(const QString &name, const QByteArray &source);
    Status addFrom(const ChatValue &entry);
    void addSpecialTokens(const ChatValue &config);
    Result<const Named *> choose(const ChatValue &tools, const QString &name) const;

    std::vector<Named> m_templates;
    text::jinja::Variables m_specialTokens;
};

/// The files of a folder that hold chat templates, relative to it: chat_template.jinja and, by name,
/// additional_chat_templates/NAME.jinja (letters, digits, ".", "_" and "-"; at most 64 of them).
ATHANOR_EXPORT QStringList chatTemplateFiles(const QString &folder);
/// Templates of that folder that are not among them, for their names or their number.
ATHANOR_EXPORT QStringList chatTemplatesLeftOut(const QString &folder);
/// Those files from one folder to another, byte for byte. LimitExceeded for one of more than 1 MiB.
ATHANOR_EXPORT Status copyChatTemplates(const QString &from, const QString &to);

/// {"role": …, "content": …}
ATHANOR_EXPORT ChatValue chatMessage(const QByteArray &role, const QByteArray &content);

}  // namespace athanor::tokenizer
