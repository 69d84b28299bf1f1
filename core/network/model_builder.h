// Inside core/network: from the JSON of an architecture to nodes. Not for other rooms.
#pragma once

#include "core/network/model.h"
#include "core/plugin/registry.h"

namespace athanor::network {

/// One step of the forward pass: a layer by itself, or a branch whose result is added to the stream.
struct Model::Node {
    std::vector<std::shared_ptr<Layer>> layers;
    bool residual = false;
};

struct Model::Builder {
    plugin::Registry<LayerPlugin> registry;
    Model &model;
    int64_t layerCount = 0;
    int64_t repeatCount = 0;  // rounds of all repetitions, also of those without a layer in them

    Status addList(const QJsonArray &list, const std::string &path);
    Status addEntry(const QJsonObject &entry, const std::string &path);
    Status addRepeat(const QJsonObject &entry, const std::string &path);
    Status addResidual(const QJsonArray &branch, const std::string &path);
    Status addSingle(const QJsonObject &entry, const std::string &path);
    Result<std::shared_ptr<Layer>> makeLayer(const QJsonObject &entry, const std::string &path);
    Status collect(Layer &layer, const std::string &path);
    Status finish();
};

}  // namespace athanor::network
