// What the figures of a run's inside are called in metrics.bin. Role: one place for the names, so that who writes and
// who draws mean the same. A layer here is a block ("blocks.3") or what stands by itself ("tok", "norm", "head").
// Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QString>
#include <QStringList>

#include <array>

namespace athanor::insight {

/// By layer, every so many steps.
enum class Figure {
    GradientNorm,     // before clipping
    UpdateRatio,      // ‖Δw‖ / ‖w‖ of one update
    ZeroGradients,    // share of the gradient's numbers that are exactly zero
    ActivationRms,    // of the stream behind the layer, on the sample row
    ActivationMin,
    ActivationMax,
    DeadUnits,        // share of the hidden units that stay off on the whole sample row
    AttentionEntropy  // nats, mean over heads and queries
};

/// "gradient_norm/blocks.3"
ATHANOR_EXPORT QString figureName(Figure figure, const QString &layer);
/// "attention_entropy/blocks.3/h0": of one head.
ATHANOR_EXPORT QString headName(const QString &layer, int head);
/// The layer that a parameter belongs to: "blocks.3.attention.qkv_weight" is of "blocks.3", "tok.weight" of "tok".
ATHANOR_EXPORT QString layerOf(const QString &parameter);
/// A layer as people call it, counted from 1: "blocks.3" is "layer 4", "tok" "the embedding"; what has no such name stays.
ATHANOR_EXPORT QString layerWords(const QString &layer);
/// Layers with this figure among the names of series: in `order` as far as it knows them, then by name and number.
ATHANOR_EXPORT QStringList layersIn(const QStringList &seriesNames, Figure figure, const QStringList &order = {});

/// Where the wall time of a step goes. Each series holds the mean seconds a step since the record before it; together
/// they make "time/step".
enum class Phase { Data, Forward, Backward, Optimizer, Validation, Sample, Checkpoint, Insight, Other };
inline constexpr size_t kPhaseCount = 9;
inline constexpr std::array<Phase, kPhaseCount> kPhases{Phase::Data,       Phase::Forward, Phase::Backward,
                                                        Phase::Optimizer,  Phase::Validation, Phase::Sample,
                                                        Phase::Checkpoint, Phase::Insight, Phase::Other};
/// "time/data"
ATHANOR_EXPORT QString phaseSeries(Phase phase);
inline constexpr char kStepSeries[] = "time/step";
/// Share of the machine's limit: floating-point operations of the model by the speed of plain matrix products.
inline constexpr char kShareSeries[] = "share_of_limit";
inline constexpr char kLimitSeries[] = "limit_flops_per_second";

}  // namespace athanor::insight
