// Glue: see masked_tokens.h.
#include "plugins/objective/masked_tokens/masked_tokens.h"

#include <QObject>

class MaskedTokensObjectivePlugin final : public QObject, public athanor::train::Objective {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Objective/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::Objective)

public:
    int64_t extraTokens() const override { return 0; }
    athanor::Result<athanor::network::Batch> prepare(const torch::Tensor &windows,
                                                     const athanor::train::ObjectiveContext &context) const override
    {
        return athanor::train::maskedTokensBatch(windows, context);
    }
};

#include "masked_tokens_plugin.moc"
