// The records of a run: from the dataset to shards, batch settings and, for labels, the architecture's head.
// Role: a part of openInputs(). Thread: one.
#pragma once

#include "core/train/run_inputs.h"

namespace athanor::train {

/// A pause ends the preparation of tokens as a cancel does: nothing has been trained that would have to be kept.
class UntilPaused final : public ProgressSink {
public:
    explicit UntilPaused(job::Context &context) : m_context(&context) {}
    void report(const Progress &progress) override;
    CancelToken stop() const { return m_stop; }

private:
    job::Context *m_context;
    CancelToken m_stop;
};

/// Fills trainRecords, validationRecords and recordSettings, and changes the architecture for labels. The corpus and the
/// tokenizer are open already. Errors as openInputs().
Status openRecords(job::Context &context, RunInputs &inputs);

}  // namespace athanor::train
