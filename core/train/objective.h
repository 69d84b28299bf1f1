// What a model is trained for. Role: the interface of plugins of kind "objective": from windows of the token stream
// to what a model reads and what it is asked for; the loss is the model's. Every random choice is a function of
// (seed, step, row), so that a resumed run is the same run. Letters: B batch, T time, S time of the encoder.
// Thread: const members are safe.
#pragma once

#include "core/base/error.h"
#include "core/network/batch.h"
#include "core/tensor/random.h"
#include "core/tokenizer/special_ids.h"

#include <QJsonObject>
#include <QtPlugin>

#include <vector>

namespace athanor::train {

using tokenizer::SpecialIds;

/// What an objective knows besides the windows.
struct ObjectiveContext {
    int64_t vocabulary = 0;  // of the tokenizer: random replacements are below it
    SpecialIds ids;
    const std::vector<bool> *isSpecial = nullptr;      // by id: never masked, never drawn; null: none is
    const std::vector<bool> *continuesWord = nullptr;  // by id, for whole words; null: every token is a word
    tensor::RandomKey key;  // seed and step; the site is the objective's own
    int64_t firstRow = 0;   // number of the first window within the step
    bool training = true;
    QJsonObject settings;   // of the plugin's own schema, complete
};

class ATHANOR_EXPORT Objective {
public:
    virtual ~Objective() = default;
    /// Tokens that a window has beyond the context T (1 for next-token prediction: the last target).
    virtual int64_t extraTokens() const = 0;
    /// windows (B, T + extraTokens()) int64 to a batch with targets (B, T), −1 where nothing is asked.
    /// InvalidInput where the tokenizer lacks an id that the objective needs.
    virtual Result<network::Batch> prepare(const torch::Tensor &windows, const ObjectiveContext &context) const = 0;
};

}  // namespace athanor::train

Q_DECLARE_INTERFACE(athanor::train::Objective, "athanor.Objective/1")
