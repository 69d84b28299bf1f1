// What a plugin says of itself, read without loading its code. Thread: values.
#pragma once

#include "core/plugin/parameter_schema.h"

namespace athanor::plugin {

inline constexpr int kApiVersion = 1;

enum class PluginState { Read, Resolved, Loaded, Failed };

struct Metadata {
    QString id;       // dotted: "layer.attention"
    QString kind;     // "layer"
    int apiVersion = 0;
    QString title;
    QString summary;
    QString source;   // paper or standard
    ParameterSchema parameters;
    QJsonObject all;  // the whole plugin.json: formulas of a layer, extensions of a reader, an architecture's data …
    QString file;     // the module, or the .json of a plugin that is data only
    bool isData = false;
    PluginState state = PluginState::Read;
    Error error;      // why it failed, when state is Failed
};

/// From the contents of a plugin.json. Corrupt names the missing or wrong entry.
ATHANOR_EXPORT Result<Metadata> metadataFromJson(const QJsonObject &object, const QString &file);
ATHANOR_EXPORT QString stateName(PluginState state);

}  // namespace athanor::plugin
