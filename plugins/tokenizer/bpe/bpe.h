// Byte-pair encoding: begins with single characters and joins the pair that stands together most often, again and again (Sennrich et al. 2016).
// Thread: as sentencepiece_training.
#pragma once

#include "core/tokenizer/trainer.h"

namespace athanor::tokenizer_bpe {

Result<QByteArray> train(tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress);

}  // namespace athanor::tokenizer_bpe
