// Which prompts are written together. Role: prompts of similar length share a batch, so that little of it is padding;
// memory and the model's context bound it. Letters: C channels, V vocabulary. Thread: pure functions.
#pragma once

#include "core/base/error.h"
#include "core/plugin/catalogue.h"

#include <vector>

namespace athanor::generate {

struct PromptSize {
    int64_t promptTokens = 0;  // that the model reads, of the longer side where it has two
    int64_t answerTokens = 0;  // at most
};

struct BatchLimits {
    int64_t rows = 32;
    int64_t context = 0;         // of the model
    double memoryBytes = 0;      // for caches and what a step needs
    double bytesPerToken = 0;    // keys and values
    double bytesPerRow = 0;      // scores and activations
};

/// Rows that a batch has where the person chose no number.
inline constexpr int kUsualBatch = 32;
inline constexpr int kLargestBatch = 1024;  // also of workbench::PromptsRequest

/// Half of the memory that is free, for a model whose weights have `bytesPerWeight` bytes. Errors of model::account().
ATHANOR_EXPORT Result<BatchLimits> batchLimits(const plugin::Catalogue &plugins, const QJsonObject &architecture, int64_t rows,
                                               bool isBf16, qint64 freeMemoryBytes);

/// Numbers of prompts, batch by batch, each once; longest first, so that a lack of memory shows at the beginning. A prompt
/// whose answer may outgrow the context stands alone, and so does one that is larger than the memory allows.
ATHANOR_EXPORT std::vector<std::vector<size_t>> planBatches(const std::vector<PromptSize> &prompts, const BatchLimits &limits);

}  // namespace athanor::generate
