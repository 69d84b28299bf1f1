// The layers of an expanded architecture, flat. Private to the room. Thread: pure.
#pragma once

#include "core/model/architecture.h"
#include "core/model/expression.h"

namespace athanor::model {

struct LayerUse {
    const plugin::Metadata *plugin = nullptr;
    QString name;
    qint64 times = 1;        // how often it stands in the model
    int repetition = -1;     // the outermost repetition that it stands in, counted; −1: none
    qint64 rounds = 1;       // of that repetition: blocks of the model
    bool isInside = false;   // of a block: neither embedding, last norm nor head
    QJsonObject parameters;  // completed by the plugin's defaults
    Names names;             // for its formulas: its parameters and the dimensions
};

/// Errors: Corrupt or NewerVersion for the JSON; NotFound for a layer that no plugin offers; InvalidInput for its parameters.
Result<std::vector<LayerUse>> walkLayers(const plugin::Catalogue &plugins, const QJsonObject &architecture);

/// Validated values as names for formulas: numbers, booleans as 1 or 0, and one name for each value of a choice.
void addNames(Names &names, const plugin::ParameterSchema &schema, const QJsonObject &values);

/// One formula of a plugin's "cost"; 0 when it gives none.
Result<double> costOf(const plugin::Metadata &plugin, const char *key, const Names &names);
/// One formula of a layer's "cost"; 0 when the plugin gives none.
Result<double> cost(const LayerUse &layer, const char *key, double bytesPerNumber);

}  // namespace athanor::model
