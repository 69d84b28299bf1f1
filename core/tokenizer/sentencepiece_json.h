// A SentencePiece model as a tokenizer.json, so that the `tokenizers` library and transformers give the same ids.
// Where the model gives every text back, a space stays a space in the pieces: then U+2581 in a text is what it is, there
// as here. Otherwise pieces have U+2581 for a space, as LLaMA's and T5's files do.
// Limits: of two pieces with one score SentencePiece joins the leftmost, `tokenizers` the one that stands first in its
// list; the list is ordered so that they agree wherever one piece overlaps itself. Unigram scores add up in double there,
// in float here, so that texts in which two ways are equally good may be cut otherwise. Thread: pure functions.
#pragma once

#include "core/tokenizer/sentencepiece_model.h"
#include "core/tokenizer/tokenizer_json_text.h"

namespace athanor::tokenizer {

/// The marks before and after a text on its own; -1: none.
struct TextMarks {
    TokenId before = -1;
    TokenId after = -1;
};

/// Errors: Unsupported for what a tokenizer.json cannot say (spaces at the end of words, whole words, characters).
Result<TokenizerJson> sentencePieceJson(const SentencePieceModel &model, const TextMarks &marks, QStringList &warnings);

/// Every byte comes back: nothing is rewritten before, and whatever has no piece falls back to bytes.
bool givesEveryTextBack(const SentencePieceModel &model);

/// The merges that make the pieces, the highest score first.
std::vector<MergePair> mergesOf(const SentencePieceModel &model);

}  // namespace athanor::tokenizer
