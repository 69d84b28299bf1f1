// Records to tokens, each token with what training makes of it. Role: one record of a dataset (core/corpus/record.h) in
// its canonical JSON becomes the ids that the model sees, says which of them it learns to produce, and where each stands
// in the text. The token inspector and training use this one class, so what is shown is what is learned.
//
// Chats: rendered once by the model's template. What is learned are the spans that the template marks itself
// ({% generation %}); where it marks none, what stands between the chat rendered up to an answer, with the prompt for
// it, and the chat rendered with that answer; up to the end-of-turn token, which is learned as well. An answer that the
// template leaves out in part or changes is refused with the reason. Text of people never becomes a control token.
// Two sides: the encoder's ids stand first and none of them is learned, then the answer, all of it learned, with its end
// token. A model without a template reads the question as it stands, as it will be asked (RecordWording::Template).
// Labelled text: the tokenizer's prefix, the text, its suffix; nothing is learned token by token, the label is.
// Thread: const members are safe from many threads.
// Sources: the masks are those of transformers' apply_chat_template(return_assistant_tokens_mask=True).
#pragma once

#include "core/tokenizer/chat_template.h"

#include <algorithm>
#include <optional>

namespace athanor::tokenizer {

enum class LearnFrom {
    Answers,     // every answer
    LastAnswer,  // only the last one; the others are history
    All,         // every token after the first, questions and template included
};
enum class TruncateAt {
    End,    // what is beyond the limit goes
    Front,  // the oldest exchanges of a chat go, then the end; of other texts, the beginning goes
};
enum class RecordWording {
    Template,    // the model's template; the built-in one (plainChatTemplate) where it has none
    Plain,       // the built-in one, whatever the model has
    Completion,  // question, line break (where neither side has white space), answer, end token: for base models
};

enum class RecordSides {
    One,  // the model reads on what it has read: question and answer are one text
    Two,  // an encoder reads what leads up to the last answer, a decoder learns that answer
};

struct ATHANOR_EXPORT RecordSettings {
    qint64 maxTokens = 0;  // 0: no limit; training puts the model's context here
    LearnFrom learnFrom = LearnFrom::Answers;
    TruncateAt truncate = TruncateAt::End;
    RecordWording wording = RecordWording::Template;
    QString systemPrompt;  // replaces the record's own, or stands first; empty: as it is
    QStringList labels;    // of the dataset, in order: a label's index is its place here
    RecordSides sides = RecordSides::One;  // of the model, not of fromJson(); with Two, maxTokens holds for each side

    /// From "teaching" of a training job (model::teachingSchema() declares it): maxTokens, learnFrom, truncate, wording,
    /// systemPrompt; other entries are not looked at. Errors: InvalidInput with the key and what is allowed.
    static Result<RecordSettings> fromJson(const QJsonObject &teaching, const QStringList &labels = {});
    QJsonObject toJson() const;  // completed; without the labels
};

/// The template for models without one, in the template language; text only, and the tokenizer's end token.
ATHANOR_EXPORT QByteArray plainChatTemplate();

struct EncodedRecord {
    std::vector<TokenId> ids;
    std::vector<bool> learns;        // per token: the loss counts on producing it from those before. Never the first.
    std::vector<TextSpan> spans;     // per token: its bytes in `text`; empty spans for what stands for no text
    std::vector<bool> fromTemplate;  // per token: the template wrote all of it
    QByteArray text;                 // as rendered, UTF-8, whole also where tokens were cut
    int label = -1;                  // index into RecordSettings::labels
    qint64 truncatedTokens = 0;      // cut off for the limit
    /// Empty, or why no token (and no label) of this record is learned: the record must not reach training.
    QString reasonTeachesNothing;

    qint64 learnedTokens() const { return std::count(learns.begin(), learns.end(), true); }
    bool teaches() const { return reasonTeachesNothing.isEmpty(); }
};

class ATHANOR_EXPORT RecordEncoder {
public:
    /// `chatTemplate`: the model's, or nothing. Errors: Unsupported (no end token), Corrupt (the template).
    static Result<RecordEncoder> create(std::shared_ptr<const Tokenizer> tokenizer, std::optional<ChatTemplate> chatTemplate,
                                        RecordSettings settings);
    /// With the tokenizer and the template of a model's folder (or a checkpoint's). Errors: as create() and readTokenizer().
    static Result<RecordEncoder> forFolder(const QString &folder, RecordSettings settings);
    RecordEncoder(RecordEncoder &&) noexcept;
    RecordEncoder &operator=(RecordEncoder &&) noexcept;
    ~RecordEncoder();

    /// `record`: canonical JSON, {"messages":[…],"tools":[…]?} or {"text","label"}. Never fails: a record that cannot be
    /// used comes back with its reason.
    EncodedRecord encode(QByteArrayView record) const;
    /// Plain text to continue, as a document of a corpus: every token is learned, the end token appended.
    EncodedRecord encodeText(QByteArrayView text) const;
    /// What a model would be asked with: the messages, and the prompt for the next answer.
    Result<std::vector<TokenId>> encodePrompt(QByteArrayView record) const;

    const Tokenizer &tokenizer() const;
    const RecordSettings &settings() const;
    /// "the model's chat template", "the built-in template", "question and answer as they stand": shown where records are.
    QString wordingTitle() const;
    /// What a person should know: "The template does not mark the end of an answer …". Empty when all is well.
    QStringList notes() const;
    /// SHA-256 over everything that decides the tokens (tokenizer, template, settings, labels).
    QString fingerprint() const;

private:
    struct Impl;
    explicit RecordEncoder(std::unique_ptr<Impl> impl);
    std::unique_ptr<const Impl> m_impl;
};

}  // namespace athanor::tokenizer
