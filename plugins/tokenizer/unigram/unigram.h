// The unigram language model: begins with very many pieces and drops those that are missed least (Kudo 2018).
// Thread: as sentencepiece_training.
#pragma once

#include "core/tokenizer/trainer.h"

namespace athanor::tokenizer_unigram {

Result<QByteArray> train(tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress);

}  // namespace athanor::tokenizer_unigram
