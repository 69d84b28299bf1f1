// Glue: see next_token.h.
#include "plugins/objective/next_token/next_token.h"

#include <QObject>

class NextTokenObjectivePlugin final : public QObject, public athanor::train::Objective {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Objective/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::Objective)

public:
    int64_t extraTokens() const override { return 1; }
    athanor::Result<torch::Tensor> loss(athanor::network::Model &model, const torch::Tensor &windows,
                                        athanor::network::Pass &pass) const override
    {
        return athanor::train::nextTokenLoss(model, windows, pass);
    }
};

#include "next_token_plugin.moc"
