// The text that a run is looked at with: the first row that is held out (or of the training text), at most 256 tokens,
// the same at every look. Letters: T time. Thread: values.
#pragma once

#include "core/network/batch.h"
#include "core/tokenizer/tokenizer.h"

#include <QStringList>

#include <vector>

namespace athanor::train {

inline constexpr int64_t kSampleTokens = 256;

struct SampleRow {
    network::Batch batch;     // one row
    QStringList tokens;       // as people read them, in the order of the text
    bool isShifted = false;   // what is asked at a place is the token behind it, as in next-token prediction
};

/// From the first row of `batch`. May throw what LibTorch throws.
ATHANOR_EXPORT SampleRow sampleRow(const network::Batch &batch, const tokenizer::Tokenizer &tokenizer);

/// Losses (1, T) f32 by the row's tokens; NaN where nothing was asked.
ATHANOR_EXPORT std::vector<double> lossesByToken(const SampleRow &row, const torch::Tensor &losses);

}  // namespace athanor::train
