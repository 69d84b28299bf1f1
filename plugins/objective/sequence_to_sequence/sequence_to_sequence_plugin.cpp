// Glue: see sequence_to_sequence.h.
#include "plugins/objective/sequence_to_sequence/sequence_to_sequence.h"

#include <QObject>

class SequenceToSequenceObjectivePlugin final : public QObject, public athanor::train::Objective {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Objective/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::Objective)

public:
    int64_t extraTokens() const override { return 0; }
    athanor::Result<athanor::network::Batch> prepare(const torch::Tensor &windows,
                                                     const athanor::train::ObjectiveContext &context) const override
    {
        return athanor::train::sequenceToSequenceBatch(windows, context);
    }
};

#include "sequence_to_sequence_plugin.moc"
