// The files that hold a tokenizer in a model's folder, made from a SentencePiece model, from a GGUF file, or with more
// tokens than before. Thread: values and pure functions; writing touches the disk.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QJsonObject>

namespace athanor::tokenizer {

struct TokenizerFiles {
    QByteArray tokenizerJson;
    QJsonObject tokenizerConfig;  // tokenizer_config.json, with the chat template
    QStringList warnings;         // what the files cannot say as their source did
};

/// A name for what stands at `path`: of a folder its own, of "…/gpt2/tokenizer.json" the folder's, else the file's.
ATHANOR_EXPORT QString nameForTokenizer(const QString &path);

/// What a SentencePiece .model does not say itself, and the files beside it do.
struct SentencePieceMarks {
    bool begins = false;  // its begin piece stands before every text
    bool ends = false;    // its end piece after it
    std::vector<std::pair<QByteArray, TokenId>> added;  // marks beyond its pieces
    bool isEmpty() const { return !begins && !ends && added.empty(); }
};

/// tokenizer.json for Hugging Face from a tokenizer as it was read: a tokenizer.json stays as it is, a SentencePiece
/// .model is made into one with the same ids. Errors: those of reading, Unsupported.
ATHANOR_EXPORT Result<TokenizerFiles> huggingFaceFiles(const QByteArray &tokenizerBytes, const QString &name,
                                                      const SentencePieceMarks &marks = {});

/// Writes tokenizer.json and tokenizer_config.json; keys of a tokenizer_config.json that stands there already stay.
/// Errors: Unwritable.
ATHANOR_EXPORT Status writeTokenizerFiles(const QString &folder, const TokenizerFiles &files);

/// A new token and the ids of the pieces that its text was until then: its embedding begins as their mean.
struct NewToken {
    QByteArray text;
    TokenId id = -1;
    std::vector<TokenId> madeOf;
};

struct ExtendedTokenizer {
    TokenizerFiles files;
    std::vector<NewToken> added;
};

/// Adds tokens that are found wherever their text stands (a SentencePiece model becomes a tokenizer.json for it).
/// `isControl`: marks that no text of a person can become. Errors: InvalidInput for a token that is empty, longer than
/// 1,024 bytes, no UTF-8, given twice, or there already; those of reading and writing.
ATHANOR_EXPORT Result<ExtendedTokenizer> extendTokenizer(const QByteArray &tokenizerBytes, const std::vector<QByteArray> &tokens,
                                                         bool isControl = false);

}  // namespace athanor::tokenizer
