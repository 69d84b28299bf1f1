// Records of several sources, each as often as the run's settings ask. Role: which row comes when; what is in it and
// asked of it is adapt::RecordBatches'. Every source has passes of its own, in an order of its own, and MixtureOrder says
// whose row is next: a batch is a function of (records, settings, step). Thread: one.
#pragma once

#include "core/train/batch_source.h"

namespace athanor::train {

struct RecordMixture {
    std::vector<size_t> sourceOf;  // of each record
    QStringList ids, names;        // of the sources
    std::vector<model::MixtureStage> stages;
};

/// What a run on records reads. `mixture`: null reads all alike. Records and mixture outlive it. InvalidInput where there
/// is nothing to read.
ATHANOR_EXPORT Result<std::unique_ptr<BatchSource>> recordSource(const adapt::Records &records, const adapt::BatchSettings &settings,
                                                                 qint64 accumulation, const RecordMixture *mixture);

/// Tokens of the records of each source, of each record at most `length`, as rows hold them.
ATHANOR_EXPORT std::vector<double> tokensBySource(const adapt::Records &records, const RecordMixture &mixture, qint64 length);

}  // namespace athanor::train
