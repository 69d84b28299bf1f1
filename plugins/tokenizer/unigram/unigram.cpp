#include "plugins/tokenizer/unigram/unigram.h"

#include "plugins/tokenizer/common/sentencepiece_training.h"

namespace athanor::tokenizer_unigram {

Result<QByteArray> train(tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress)
{
    return sentencepiece_training::train(sentencepiece_training::Method::Unigram, text, settings, progress);
}

}  // namespace athanor::tokenizer_unigram
