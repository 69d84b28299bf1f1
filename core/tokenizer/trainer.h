// The interface of plugins of kind "tokenizer": methods that make a vocabulary from text. They run in a child process
// without LibTorch, which is killed when the job is cancelled. Thread: the child's only one.
#pragma once

#include "core/base/progress.h"
#include "core/tokenizer/training_text.h"

#include <QtPlugin>

namespace athanor::tokenizer {

class Trainer {
public:
    virtual ~Trainer() = default;
    /// The bytes of a SentencePiece .model file. `settings` are complete and valid by the plugin's schema.
    /// InvalidInput names the largest (or smallest) vocabulary that works when the one asked for does not.
    virtual Result<QByteArray> train(TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress) = 0;
};

}  // namespace athanor::tokenizer

Q_DECLARE_INTERFACE(athanor::tokenizer::Trainer, "athanor.Tokenizer/1")
