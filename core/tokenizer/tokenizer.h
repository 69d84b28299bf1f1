// A tokenizer that encodes and decodes, whatever made it. Thread: const members are safe from many threads.
#pragma once

#include "core/base/error.h"

#include <QByteArray>

#include <memory>
#include <vector>

namespace athanor::tokenizer {

using TokenId = qint32;

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
    virtual QString typeName() const = 0;  // "SentencePiece BPE", "SentencePiece unigram"
};

/// Reads a tokenizer from a file (a SentencePiece .model) or a folder with tokenizer.model in it.
/// Errors: Unreadable, Corrupt with what is wrong with the file, Unsupported.
ATHANOR_EXPORT Result<std::shared_ptr<const Tokenizer>> readTokenizer(const QString &path);

}  // namespace athanor::tokenizer
