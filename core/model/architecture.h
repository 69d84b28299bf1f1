// An architecture as data: a list of layers by plugin id with parameters. Role: read, check, describe; the text
// side's view, without LibTorch. Letters: B batch, T time, C channels, H heads, D head size, V vocabulary, L layers.
// Thread: values.
//
// JSON (format 1):
// {"format":1, "architecture":"architecture.llama", "name":"small-13M",
//  "dimensions":{"vocabulary":8192,"context":256,"width":384,"layers":6},
//  "layers":[
//    {"layer":"layer.token_embedding","name":"tok","parameters":{…}},
//    {"repeat":6,"name":"blocks","layers":[
//        {"residual":[{"layer":"layer.rms_norm","name":"norm1","parameters":{…}}, {"layer":"layer.attention","name":"attention","parameters":{…}}]},
//        {"residual":[{"layer":"layer.rms_norm","name":"norm2",…}, {"layer":"layer.swiglu","name":"feed_forward",…}]}]},
//    {"layer":"layer.rms_norm","name":"norm"},
//    {"layer":"layer.head","name":"head","parameters":{"tied":true}}]}
// Beside "layer", "repeat" and "residual" an entry may be {"parallel":[[…],[…]]} (branches that read the same; their
// sum is added to the stream, or handed on inside a residual branch) and, at the end, {"head":"tokens"|"labels",
// "layers":[…]} (a head with layers that only it reads; "labels" scores classes). An encoder-decoder has
// "encoder":{"layers":[…]}; the decoder stands in "layers", and its layer.cross_attention reads the encoder's result.
// A plugin of kind "architecture" (data only) holds parameters for people (width, layers, heads, …) and a template
// of that list in which "${…}" stands for an arithmetic expression over parameters; expand() makes the list. An entry
// of a list with "when": expression is left out when that is 0. "objectives" names what the family can train with.
#pragma once

#include "core/base/machine.h"
#include "core/plugin/catalogue.h"

#include <functional>
#include <optional>

namespace athanor::model {

inline constexpr int kArchitectureFormat = 1;

/// The person's choices (validated against the plugin's schema) to an expanded, checked architecture.
/// `vocabulary` is the tokenizer's. InvalidInput e.g. when heads do not divide the width: says which numbers would work.
ATHANOR_EXPORT Result<QJsonObject> expandArchitecture(const plugin::Catalogue &plugins, const QString &architectureId,
                                                      const QJsonObject &choices, qint64 vocabulary);

/// Cost of one part, from the formulas in the layers' plugin.json.
struct PartCost {
    QString name;           // "embedding", "attention", "feed-forward", "norm", "head"
    qint64 parameters = 0;  // tied head counted once, with the embedding
};

/// A part of the memory that training needs at its peak.
struct MemoryPart {
    QString name;      // "activations"
    double bytes = 0;
};

struct Accounting {
    qint64 parameters = 0;
    double flopsPerTokenTraining = 0;    // 6·N + 12·L·C·T, forward and backward
    double flopsPerTokenGenerating = 0;  // 2·N + 4·L·C·T at full context: the forward pass
    qint64 trainingBytes = 0;            // weights, masters, gradients, optimizer state, activations at batch B, libraries
    qint64 generatingBytes = 0;          // weights and KV cache at full context
    double cacheBytesPerToken = 0;       // keys and values of one token in all layers
    qint64 blocks = 0;                   // layers that can be checkpointed: rounds of the repetitions
    double optimizerBytesPerWeight = 8;  // what the optimizer remembers, averaged over the weights; with a mean that is kept
    qint64 suitableTokens = 0;           // 20 per parameter
    QList<MemoryPart> memory;            // what trainingBytes is the sum of
    QList<PartCost> parts;
};

struct TrainingShape {
    qint64 batch = 8;          // B, sequences per micro-batch
    qint64 context = 256;      // T
    bool bf16 = true;          // bf16 weights with f32 masters; otherwise f32 throughout
    bool widensBf16 = true;    // for each product, on processors that multiply f32 faster
    QString optimizer = QStringLiteral("optimizer.adamw");
    QJsonObject settings;          // of the run, as far as they are known: the optimizer's own, a mean and penalties decide on memory
    qint64 sequence = 0;           // tokens of a row where they are fewer than the model's context; 0: the context
    qint64 learnedParameters = -1; // of the model's own; the others cost neither gradients nor optimizer state. −1: all
    qint64 adapterParameters = 0;  // beside them, f32
    qint64 accumulation = 1;       // micro-batches whose gradients are added up
    qint64 recomputedBlocks = 0;   // the first so many keep only what goes into them (activation checkpointing)
};

ATHANOR_EXPORT Result<Accounting> account(const plugin::Catalogue &plugins, const QJsonObject &architecture,
                                          const TrainingShape &shape);

/// Blocks to checkpoint: all for "on", none for "off"; for "auto" the fewest with which training needs at most
/// `memoryBytes` (all of them where even that is too much; none where memoryBytes is unknown: 0). Errors as account().
ATHANOR_EXPORT Result<qint64> blocksToRecompute(const plugin::Catalogue &plugins, const QJsonObject &architecture,
                                                TrainingShape shape, const QString &checkpointing, qint64 memoryBytes);

/// The largest batch (1 … 4096) with which training needs at most nine tenths of `memoryBytes`, what a forecast can be
/// wrong by. Nothing is computed twice for its sake unless `checkpointing` is "on", or "auto" and one sequence does not
/// fit otherwise. LimitExceeded, with the numbers, when not even one fits.
ATHANOR_EXPORT Result<qint64> largestBatch(const plugin::Catalogue &plugins, const QJsonObject &architecture,
                                           const TrainingShape &shape, const QString &checkpointing, qint64 memoryBytes);

/// The installed ones of the objectives that a family can train with, the usual one first (its plugin.json's
/// "objectives"; next_token where it says nothing, which counts as installed).
ATHANOR_EXPORT QStringList objectivesOf(const plugin::Catalogue &plugins, const plugin::Metadata &architecture);
/// The objective that an architecture is trained with, "objective.next_token" where it names none.
ATHANOR_EXPORT QString objectiveOf(const QJsonObject &architecture);
/// The labels that an architecture's head sorts texts by; empty for others.
ATHANOR_EXPORT QStringList labelsOf(const QJsonObject &architecture);
/// Whether an encoder reads a text and the decoder writes another from it.
ATHANOR_EXPORT bool hasEncoder(const QJsonObject &architecture);
/// Whether it predicts the next token, so that any text can be scored and continued; not with a head for labels.
ATHANOR_EXPORT bool continuesText(const QJsonObject &architecture);

using KnowsToken = std::function<bool(const QByteArray &name)>;
/// An architecture for a tokenizer's `vocabulary`, with rows beyond it for the marks that its objective needs ("marks" in
/// the objective's plugin.json: hidden words, sentinels) where the tokenizer knows none. Errors as expandArchitecture().
ATHANOR_EXPORT Result<QJsonObject> newArchitecture(const plugin::Catalogue &plugins, const QString &id, const QJsonObject &choices,
                                                   qint64 vocabulary, const KnowsToken &knows = {});
/// The families to offer: those with at least one installed objective, in their order.
ATHANOR_EXPORT QList<const plugin::Metadata *> offeredArchitectures(const plugin::Catalogue &plugins);

struct Preset {
    QString id;            // "small-13M"
    QString title;
    QString architecture;  // plugin id
    QJsonObject choices;
    qint64 approximateParameters = 0;
};
/// 1 M to 1 B parameters, ascending; read from the architecture plugins' "presets".
ATHANOR_EXPORT QList<Preset> presets(const plugin::Catalogue &plugins);
/// NotFound names those that there are.
ATHANOR_EXPORT Result<Preset> presetNamed(const plugin::Catalogue &plugins, const QString &id);

inline constexpr int kUsualValidations = 20;  // over a run, where the settings do not say

/// What the parts of a run cost on this machine, measured on the run itself in small.
struct MeasuredRun {
    QString precision;
    qint64 recomputedBlocks = 0;
    double tokensPerStep = 0;
    double tokensPerPass = 0;
    double secondsPerStep = 0;
    double startSeconds = 0;       // until the first step could begin
    double validationSeconds = 0;  // one measurement on held-out rows
    double sampleSeconds = 0;      // one sample
    double checkpointSeconds = 0;  // what a checkpoint delays the steps
    double finalSeconds = 0;       // measuring the result
    qint64 peakBytes = 0;          // of memory
};
ATHANOR_EXPORT QJsonObject toJson(const MeasuredRun &measured);
/// Corrupt when it says no speed.
ATHANOR_EXPORT Result<MeasuredRun> measuredRunFromJson(const QJsonObject &object);

/// The planner: does it fit, how long, how many passes; shown beside Start and by `run plan`.
struct PlanInput {
    QJsonObject architecture;
    TrainingShape shape;          // its recomputedBlocks come from the next
    QString checkpointing = QStringLiteral("auto");  // of activations: "auto", "on", "off"
    qint64 trainTokens = 0;       // in the dataset
    qint64 trainRecords = 0;      // those that teach something; 0: a plain text
    qint64 silentRecords = 0;     // those that teach nothing, and are left out
    QStringList silentExamples;   // "path: reason" of some of them
    qint64 truncatedRecords = 0;
    bool beginsTrained = false;   // from a model that was trained before
    qint64 tokensToTrain = 0;     // what the budget comes to; 0 when the budget is time
    double secondsBudget = 0;
    double tokensPerSecond = 0;   // measured here for this shape; 0: estimated from flopsPerSecond
    double flopsPerSecond = 0;    // this machine's measured or estimated rate
    bool speedIsOfWholeRuns = false;  // the rate counts what runs do besides their steps
    std::optional<MeasuredRun> measured;  // of this very run
    qint64 validationEvery = 0;   // steps; 0: about twenty times
    MachineFacts machine;
    bool isOnCard = false;        // weights and activations lie in a graphics card's memory
    QString cardName;             // empty: there is none that can be used, and
    QString cardProblem;          // this is why
    QString cardAction;
    qint64 cardMemoryBytes = 0;
    qint64 freeDiskBytes = 0;
    double keepCheckpoints = 3;   // the newest so many, and
    double keepEverySteps = 0;    // each multiple of this is kept for good; 0: none
    double tokensPerStep = 0;     // of an update; 0: unknown
};
struct PlanLine {
    enum class Level { Good, Attention, Bad } level = Level::Good;
    QString text;                 // "fits in memory, with 23 GiB to spare"
    QString action;               // "" or what can be done about it
};
struct Plan {
    Accounting accounting;
    qint64 batch = 0;             // sequences at once that it was made for
    qint64 recomputedBlocks = 0;  // of accounting.blocks
    double tokensPerSecond = 0;
    bool tokensPerSecondMeasured = false;
    double seconds = 0;
    qint64 tokens = 0;
    double tokensPerStep = 0;     // of an update; 0: unknown
    double passes = 0;
    qint64 checkpointBytes = 0;
    qint64 diskBytes = 0;
    QList<PlanLine> lines;
    bool canStart = true;         // false when a line is Bad
};
/// What is free now, or all that there is where that is not known; of a card all that it has.
ATHANOR_EXPORT qint64 availableMemory(const PlanInput &input);
ATHANOR_EXPORT Result<Plan> plan(const plugin::Catalogue &plugins, const PlanInput &input);
ATHANOR_EXPORT QJsonObject toJson(const Plan &plan);
/// "activations 312 MiB, weights and optimizer 220 MiB, …", the largest first.
ATHANOR_EXPORT QString memoryText(const Accounting &accounting);
ATHANOR_EXPORT QJsonObject toJson(const Accounting &accounting);

}  // namespace athanor::model
