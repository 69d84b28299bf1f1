// Inside core/network: from the JSON of an architecture to nodes. Not for other rooms.
#pragma once

#include "core/network/model.h"
#include "core/plugin/registry.h"

namespace athanor::network {

/// A layer, or branches that read the same and whose results are added.
struct Model::Step {
    std::shared_ptr<Layer> layer;
    std::vector<Steps> branches;

    /// x through the steps from index `first` on.
    static torch::Tensor run(const Steps &steps, torch::Tensor x, Pass &pass, size_t first = 0);
    static bool anyLayer(const Steps &steps, bool (*is)(const Layer &));
};

/// One step of the forward pass: a layer by itself, or a branch whose result is added to the stream.
struct Model::Node {
    std::string name;  // of a layer by itself its own, of a branch that of the block it stands in
    Steps steps;
    bool residual = false;
    double leftOut = 0;      // of a branch: chance of stochastic depth; its random numbers are its own, so that neither
    uint64_t depthSite = 0;  // dropout nor a second run for gradients changes them
    int64_t block = -1;  // round of an outermost repetition, counted through the model; −1: outside of them
};

struct Model::Builder {
    plugin::Registry<LayerPlugin> registry;
    Model &model;
    Nodes *nodes = nullptr;   // those that entries are added to: the encoder's, then the decoder's
    int64_t layerCount = 0;
    const InitializerPlugin *initializer = nullptr;
    int64_t repeatCount = 0;  // rounds of all repetitions, also of those without a layer in them
    int64_t block = -1;       // of the nodes to come

    Status addEncoder(const QJsonObject &encoder);
    Status addList(const QJsonArray &list, const std::string &path);
    Status addEntry(const QJsonObject &entry, const std::string &path);
    Status addRepeat(const QJsonObject &entry, const std::string &path);
    Status addBranch(const QJsonArray &branch, const std::string &path);
    Status addHead(const QJsonObject &entry, const std::string &path);
    Status addSingle(const QJsonObject &entry, const std::string &path);
    Result<Steps> makeSteps(const QJsonArray &branch, const std::string &path, int depth);
    Result<std::shared_ptr<Layer>> makeLayer(const QJsonObject &entry, const std::string &path);
    Status collect(Layer &layer, const std::string &path);
    std::string parameterOf(const torch::Tensor &weight) const;
    Status finish();
};

}  // namespace athanor::network
