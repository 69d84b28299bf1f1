#include "plugins/tokenizer/bpe/bpe.h"

#include <QObject>

namespace athanor::tokenizer_bpe {

class BpePlugin final : public QObject, public tokenizer::Trainer {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Tokenizer/1" FILE "plugin.json")
    Q_INTERFACES(athanor::tokenizer::Trainer)

public:
    Result<QByteArray> train(tokenizer::TrainingTextReader &text, const QJsonObject &settings, ProgressSink &progress) override
    {
        return tokenizer_bpe::train(text, settings, progress);
    }
};

}  // namespace athanor::tokenizer_bpe

#include "bpe_plugin.moc"
