// The windows of tokens that the rows of a run read, in their order. Role: where a row's tokens stand; what is asked of
// them is the objective's. A window is a function of (data, seed, step, row). Letters: T time. Thread: const, safe;
// setCourse() by the one who reads.
#pragma once

#include "core/model/mixture.h"
#include "core/tokenizer/source_streams.h"
#include "core/train/data_order.h"
#include "core/train/mixture_order.h"

#include <QJsonArray>

#include <memory>

namespace athanor::train {

/// Sources that a run reads in other shares than they have.
struct SourceMixture {
    tokenizer::SourceStreams streams;
    QStringList names;  // of the sources, in the order of the streams
    std::vector<model::MixtureStage> stages;
};

/// What is the same for all windows of a run.
struct WindowShape {
    qint64 length = 1;       // T
    qint64 extra = 0;        // tokens that the objective needs beyond
    qint64 rowsPerStep = 1;  // of all micro-batches of an update
    quint64 seed = 1;
};

class ATHANOR_EXPORT TokenWindows {
public:
    virtual ~TokenWindows() = default;
    /// Where in the shards the T + extra tokens of row `row` (from 0) of update `step` (from 1) stand, in their order.
    virtual std::vector<tokenizer::TokenStretch> stretches(qint64 step, qint64 row) const = 0;
    virtual void setCourse(const StepCourse &) {}
    /// Passes over all the text together after `steps` updates.
    virtual double passesAt(qint64 steps) const = 0;
    /// [{"source","id","tokens","read","share","passes"}] after `steps` updates; empty where sources are not told apart.
    virtual QJsonArray sourcesAt(qint64) const { return {}; }
};

/// The whole text as one stream. InvalidInput when it is shorter than a window.
ATHANOR_EXPORT Result<std::unique_ptr<TokenWindows>> streamWindows(qint64 tokens, const WindowShape &shape);
/// Each source a stream of its own, with an order of its own. InvalidInput where a source that is read is shorter than
/// a window. The mixture outlives the windows.
ATHANOR_EXPORT Result<std::unique_ptr<TokenWindows>> mixtureWindows(const SourceMixture &mixture, const WindowShape &shape);

}  // namespace athanor::train
