// Glue: see span_corruption.h.
#include "plugins/objective/span_corruption/span_corruption.h"

#include <QObject>

class SpanCorruptionObjectivePlugin final : public QObject, public athanor::train::Objective {
    Q_OBJECT
    Q_PLUGIN_METADATA(IID "athanor.Objective/1" FILE "plugin.json")
    Q_INTERFACES(athanor::train::Objective)

public:
    int64_t extraTokens() const override { return 0; }
    athanor::Result<athanor::network::Batch> prepare(const torch::Tensor &windows,
                                                     const athanor::train::ObjectiveContext &context) const override
    {
        return athanor::train::spanCorruptionBatch(windows, context);
    }
};

#include "span_corruption_plugin.moc"
