#include "plugins/tokenizer/unigram/unigram.h"

#include <QObject>

namespace athanor::tokenizer_unigram {

class UnigramPlugin final : public QObject, public tokenizer::Trainer {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Tokenizer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::tokenizer::Trainer)

public:
    Result<QByteArray> train(tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress) override
    {
        return tokenizer_unigram::train(text, settings, progress);
    }
};

}  // namespace athanor::tokenizer_unigram

#include "unigram_plugin.moc"
