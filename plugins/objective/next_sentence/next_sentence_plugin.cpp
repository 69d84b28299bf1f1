// Glue: see next_sentence.h.
#include "plugins/objective/next_sentence/next_sentence.h"

#include <QObject>

class NextSentenceObjectivePlugin final : public QObject, public athanor::train::Objective {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Objective/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::Objective)

public:
    int64_t extraTokens() const override { return 0; }
    athanor::Result<athanor::network::Batch> prepare(const torch::Tensor &windows,
                                                     const athanor::train::ObjectiveContext &context) const override
    {
        return athanor::train::nextSentenceBatch(windows, context);
    }
};

#include "next_sentence_plugin.moc"
