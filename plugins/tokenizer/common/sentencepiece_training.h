// Training through the SentencePiece library (Kudo and Richardson 2018) with settings that lose nothing: text is taken
// as it is, spaces, line ends and indentation are kept, and whatever has no piece is spelled in bytes. Thread: the
// library's own threads inside; one call at a time in a process.
#pragma once

#include "core/tokenizer/trainer.h"

namespace athanor::sentencepiece_training {

enum class Method { BytePairEncoding, Unigram };

/// Settings: vocabulary, character_coverage, longest_piece, single_digits, space_runs (see the plugins' plugin.json).
Result<QByteArray> train(Method method, tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress);

/// The library's complaint in the person's words; `asked` is the vocabulary asked for.
Error errorFromMessage(const QString &message, qint64 asked);

}  // namespace athanor::sentencepiece_training
