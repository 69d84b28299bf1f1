// Glue: see next_token.h.
#include "plugins/objective/next_token/next_token.h"

#include <QObject>

class NextTokenObjectivePlugin final : public QObject, public athanor::train::Objective {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Objective/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::Objective)

public:
    int64_t extraTokens() const override { return 1; }
    athanor::Result<athanor::network::Batch> prepare(const torch::Tensor &windows,
                                                     const athanor::train::ObjectiveContext &) const override
    {
        return athanor::train::nextTokenBatch(windows);
    }
};

#include "next_token_plugin.moc"
