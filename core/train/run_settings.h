// The settings of a run as typed values. Role: the schema is model::trainingSettings(); this is its reader.
// Thread: values.
#pragma once

#include "core/model/mixture.h"
#include "core/train/sequence_warmup.h"
#include "core/model/parameter_groups.h"
#include "core/plugin/catalogue.h"

namespace athanor::train {

enum class BudgetKind { Time, Passes, Tokens, Steps };
enum class OnSpike { GoBack, Tell, End };

enum class Averaging { None, Exponential, Tail };

struct AveragingSettings {
    Averaging kind = Averaging::None;
    double decay = 0.999;     // of an exponential mean
    double tailShare = 0.25;  // of the run's steps
};

struct RunSettings {
    BudgetKind budgetKind = BudgetKind::Time;
    double budget = 10;  // minutes, passes, tokens or steps
    qint64 batch = 8;    // B, sequences in a micro-batch
    qint64 accumulation = 1;
    qint64 sequence = 0;  // T; 0: the model's context
    double learningRate = 0.002;
    qint64 baseWidth = 0;  // that the learning rate was found at; 0: no scaling
    double clipNorm = 1.0;  // 0: off
    double dropout = 0;
    double labelSmoothing = 0;
    double zLoss = 0;
    double l1 = 0, l2 = 0;
    double stochasticDepth = 0;
    double focalGamma = 0;
    bool balanceLabels = false;
    AveragingSettings averaging;
    QString initializer;  // a plugin's id; empty: the rule of each layer
    QString schedule;
    QString optimizer;
    QList<model::ParameterGroup> groups;
    double layerDecay = 1;  // of the learning rate, by block
    QString precision;  // "auto", "bf16", "f16", "f32"
    QString device;     // "cpu", "cuda"
    QString checkpointing = QStringLiteral("auto");  // of activations: "auto", "off", "on"
    bool documentAttention = false;
    int threads = 0;    // 0: all usable cores
    quint64 seed = 1;
    QString mixture;  // as model::parseMixture() reads it; empty: the sources as they are
    model::MixtureChange mixtureChange = model::MixtureChange::Step;
    SequenceWarmup sequenceWarmup;
    qint64 validationEvery = 0;  // steps; 0: about twenty times
    qint64 checkpointEverySeconds = 0;
    int keepCheckpoints = 3;
    qint64 keepEvery = 0;  // steps; 0: no checkpoint is kept for good
    OnSpike onSpike = OnSpike::GoBack;
    double spikeThreshold = 20;
    int spikeRetries = 3;
    int patience = 0;
    QString samplePrompt;
    int sampleTokens = 64;
    qint64 insightEvery = 0;  // steps; 0: never
    bool tensorBoard = false;
    QJsonObject all;  // validated and completed, with the own settings of the optimizer and the schedule

    ATHANOR_EXPORT static Result<RunSettings> fromJson(const plugin::Catalogue &plugins, const QJsonObject &values);
};

}  // namespace athanor::train
