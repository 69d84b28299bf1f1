// A tokenizer that encodes and decodes, whatever made it. Thread: const members are safe from many threads.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <memory>
#include <vector>

namespace athanor::tokenizer {

using TokenId = qint32;

/// Bytes [begin, end) of a text.
struct TextSpan {
    qsizetype begin = 0;
    qsizetype end = 0;
};

class ATHANOR_EXPORT Tokenizer {
public:
    virtual ~Tokenizer() = default;
    virtual qint32 vocabularySize() const = 0;
    /// Ids of UTF-8 `text`; no begin or end marks are added. Invalid UTF-8 goes through byte fallback and comes back unchanged.
    virtual std::vector<TokenId> encode(QByteArrayView text) const = 0;
    /// Exact inverse for lossless tokenizers: decode(encode(x)) == x.
    virtual QByteArray decode(const std::vector<TokenId> &ids) const = 0;
    /// Bytes of one token, as they appear in text ("" for control tokens).
    virtual QByteArray tokenBytes(TokenId id) const = 0;
    /// As people see it in lists: "▁the", "<0x0A>", "</s>".
    virtual QString tokenText(TokenId id) const = 0;
    virtual TokenId endOfDocument() const = 0;  // -1 when there is none
    virtual bool isLossless() const = 0;
    virtual QString sha256() const = 0;  // of the file it was read from
    virtual QString typeName() const = 0;  // "SentencePiece BPE", "SentencePiece unigram", "byte-level BPE", "WordPiece" …

    /// The token that is written so ("<|im_start|>", "</s>", "▁the"; as tokenText() shows it), or -1.
    virtual TokenId tokenId(QByteArrayView) const { return -1; }
    virtual TokenId beginOfDocument() const { return -1; }  // -1 when there is none
    virtual TokenId unknown() const { return -1; }
    /// Marks of a template or of the model, which no text of a person can become.
    virtual bool isControl(TokenId) const { return false; }
    /// What the tokenizer's own settings put before and after a text on its own ("[CLS]" … "[SEP]", "<s>").
    virtual std::vector<TokenId> textPrefix() const { return {}; }
    virtual std::vector<TokenId> textSuffix() const { return {}; }
    /// As encode(), but control tokens are recognised where their text lies wholly inside one span that came from a
    /// template. Spans: ascending, without overlaps; neighbours that touch count as one. Everywhere else text stays text.
    virtual std::vector<TokenId> encodeTemplate(QByteArrayView text, const std::vector<TextSpan> &) const { return encode(text); }
};

/// The tokenizer's file in a model's folder: tokenizer.json, or else tokenizer.model. Errors: NotFound.
ATHANOR_EXPORT Result<QString> findTokenizer(const QString &folder);

/// "tokenizer.json" or "tokenizer.model": the name that a file with these bytes has in a model's folder.
ATHANOR_EXPORT QString tokenizerFileName(QByteArrayView bytes);

/// Reads a tokenizer from a file (a SentencePiece .model or a tokenizer.json; the contents decide) or from a folder
/// with one in it. Errors: NotFound, Unreadable, Corrupt with what is wrong with the file, Unsupported.
ATHANOR_EXPORT Result<std::shared_ptr<const Tokenizer>> readTokenizer(const QString &path);
/// The same from memory; `name` stands in messages.
ATHANOR_EXPORT Result<std::shared_ptr<const Tokenizer>> parseTokenizer(const QByteArray &bytes, const QString &name);

}  // namespace athanor::tokenizer
