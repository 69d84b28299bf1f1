#include "plugins/tokenizer/bpe/bpe.h"

#include "plugins/tokenizer/common/sentencepiece_training.h"

namespace athanor::tokenizer_bpe {

Result<QByteArray> train(tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress)
{
    return sentencepiece_training::train(sentencepiece_training::Method::BytePairEncoding, text, settings, progress);
}

}  // namespace athanor::tokenizer_bpe
