// The models of a tokenizer.json: one word to ids, as the `tokenizers` library does it (BPE by rank of merges,
// WordPiece, Unigram, WordLevel). Thread: const after construction, safe from many threads.
#pragma once

#include "core/tokenizer/tokenizer.h"

#include <QHash>
#include <QJsonObject>
#include <QSet>

namespace athanor::tokenizer {

/// The pieces of a model by id; an id without a piece has an empty text.
struct Vocabulary {
    std::vector<QByteArray> texts;
    QHash<QByteArray, TokenId> ids;
    TokenId id(const QByteArray &text) const { return ids.value(text, -1); }
};

enum class Words { AsText, AsBytes };  // AsBytes: pieces are written in GPT-2's letters for bytes

class WordModel {
public:
    virtual ~WordModel() = default;
    /// Appends the ids of a word that is not empty.
    virtual void encode(const char *begin, const char *end, std::vector<TokenId> &out) const = 0;
    virtual QString typeName() const = 0;
    virtual bool keepsBytes() const { return false; }  // every text has ids that spell it

    const Vocabulary &vocabulary() const { return m_vocabulary; }
    TokenId unknown() const { return m_unknown; }

protected:
    Vocabulary m_vocabulary;
    TokenId m_unknown = -1;
};

/// `marks`: the special tokens; a text that reads as one never becomes one here.
/// Errors: Corrupt with what is wrong, Unsupported with the name of what is unknown, LimitExceeded.
Result<std::shared_ptr<const WordModel>> makeWordModel(const QJsonObject &json, Words words, const QSet<QByteArray> &marks);
Result<std::shared_ptr<const WordModel>> makeBpeModel(const QJsonObject &json, Words words, const QSet<QByteArray> &marks);

/// {"piece": id, …}: no id twice, none beyond the limit.
Result<Vocabulary> readVocabulary(const QJsonValue &json);

/// The name of the piece of a byte: "<0x0A>".
QByteArray bytePieceName(int byte);

}  // namespace athanor::tokenizer
