// Role: the sum of what lies in memory at once. A step has high points: when the backward pass begins, all activations
// are there and the head's gradient; when it ends, all gradients and the last block's activations; before the update all
// gradients, perhaps widened. The copy for a checkpoint that is written beside the steps lies there at each; what it leaves free does not fit what comes next, so that
// it costs its size twice. At the end the best checkpoint's file is mapped. Memory is kept by the allocator, so that what was
// needed once stays. Constants: measured (resources/docs/measurements.md, the planner).
#include "core/model/training_memory.h"

#include <QCoreApplication>

#include <algorithm>

namespace athanor::model {

namespace {

constexpr double kMebibyte = 1 << 20;
constexpr double kLibraryBytes = 210 * kMebibyte;  // LibTorch, Qt, buffers of the matrix products: of a bare worker
constexpr double kLogitsBytes = 32 * kMebibyte;    // of a chunk
constexpr double kLeastLogitsRows = 128;
constexpr double kBackwardShare = 0.4;             // of a block's activations: gradients that flow through it meanwhile
constexpr double kCopies = 2;                      // of what a checkpoint holds: the copy, and the gap that it leaves
constexpr char kCopyName[] = "copy for a checkpoint", kProgramsName[] = "programs", kStateName[] = "weights and optimizer";
constexpr double kFinalRows = 8;                   // windows at once of the figure at the end
constexpr double kForwardShare = 0.6;              // of a block's activations without gradients

QString tr(const char *text)
{
    return QCoreApplication::translate("athanor", text);
}

struct Counts {
    double learned = 0, adapters = 0, resting = 0, bytes = 4;
};

Counts countsOf(const TrainingNumbers &numbers, const TrainingShape &shape)
{
    Counts counts;
    counts.learned = shape.learnedParameters < 0 ? numbers.parameters : std::min(numbers.parameters, double(shape.learnedParameters));
    counts.adapters = static_cast<double>(shape.adapterParameters);
    counts.resting = numbers.parameters - counts.learned;
    counts.bytes = shape.bf16 ? 2 : 4;
    return counts;
}

// Weights, f32 masters of bf16 ones, the optimizer's state with a mean of the weights where one is kept, and f32 sums where
// micro-batches are added up.
double stateBytes(const Counts &n, const TrainingNumbers &numbers, const TrainingShape &shape)
{
    const double beside = shape.accumulation > 1 ? 4 : 0;
    const double weight = shape.bf16 ? 2 + 4 : 4;
    return n.learned * (weight + numbers.stateBytesPerParameter + beside) + n.resting * n.bytes
           + n.adapters * (4 + numbers.stateBytesPerParameter + beside);
}

// Before an update. A penalty on the weights makes gradients f32; sums of micro-batches are that already.
double gradientBytes(const Counts &n, const TrainingShape &shape)
{
    const auto price = [&](const char *key) { return shape.settings.value(QLatin1String(key)).toDouble(); };
    const bool becomeFloat = shape.accumulation == 1 && (price("l1") > 0 || price("l2") > 0);
    return n.learned * (becomeFloat ? 4 : n.bytes) + n.adapters * 4;
}

struct Activations {
    double kept = 0;     // at the end of the forward pass
    double largest = 0;  // of a block: while it runs backward, gradients flow through it
    double last = 0;     // of the first block, with which the backward pass ends
};

// Of the first blocks only the stream and the branch before it stay; when they run again, the others are gone already.
Activations activationsOf(const TrainingNumbers &numbers, const TrainingShape &shape)
{
    const double boundary = (4 + (shape.bf16 ? 2 : 4)) * numbers.width;
    Activations activations;
    double whole = 0, again = 0;
    auto left = static_cast<double>(shape.recomputedBlocks);
    for (const Blocks &blocks : numbers.blocks) {
        const double twice = std::min(left, blocks.rounds);
        left -= twice;
        activations.kept += twice * boundary;
        whole += (blocks.rounds - twice) * blocks.activationBytes;
        again = std::max(again, twice > 0 ? blocks.activationBytes : 0);
        activations.largest = std::max(activations.largest, blocks.activationBytes);
    }
    activations.kept += numbers.outerBytes + std::max(whole, again);
    activations.last = numbers.outerBytes + activations.largest;
    return activations;
}

bool isWidened(const TrainingShape &shape) { return shape.bf16 && shape.widensBf16; }

// A chunk of scores, of half the head's matrix at least; of few tokens all of them.
double logitsBytes(const TrainingNumbers &numbers, const TrainingShape &shape, double tokens)
{
    const double row = (shape.bf16 && !shape.widensBf16 ? 2 : 4) * numbers.logitsPerRow;
    return std::min(tokens * row, std::max({kLogitsBytes, kLeastLogitsRows * row, numbers.width / 2 * row}));
}

// The head's gradient, for each number; of a bf16 one also its f32 sum and the widened weights.
double headBytes(const TrainingShape &shape) { return shape.bf16 ? 2 + 4 + (isWidened(shape) ? 4 : 0) : 4; }

QList<MemoryPart> partsOf(std::initializer_list<std::pair<const char *, double>> parts)
{
    QList<MemoryPart> all;
    for (const auto &[name, bytes] : parts)
        all.append({tr(name), bytes});
    return all;
}

double sumOf(const QList<MemoryPart> &parts)
{
    double sum = 0;
    for (const MemoryPart &part : parts)
        sum += part.bytes;
    return sum;
}

}  // namespace

double copyBytes(const Accounting &accounting)
{
    double bytes = 0;
    for (const MemoryPart &part : accounting.memory)
        bytes += part.name == tr(kCopyName) ? part.bytes : 0;
    return bytes;
}

void leaveOutCopies(Accounting &accounting, qint64 memoryBytes)
{
    constexpr double kTimesOfCopy = 4;  // that must be free for one
    const double copies = copyBytes(accounting);
    double always = 0;
    for (const MemoryPart &part : accounting.memory)
        always += part.name == tr(kProgramsName) || part.name == tr(kStateName) ? part.bytes : 0;
    if (copies <= 0 || memoryBytes <= 0 || static_cast<double>(memoryBytes) - always > kTimesOfCopy * copies / kCopies)
        return;
    accounting.memory.erase(std::remove_if(accounting.memory.begin(), accounting.memory.end(), [](const MemoryPart &part) { return part.name == tr(kCopyName); }),
                            accounting.memory.end());
    accounting.trainingBytes -= static_cast<qint64>(copies);
}

QList<MemoryPart> trainingMemory(const TrainingNumbers &numbers, const TrainingShape &shape)
{
    const Counts n = countsOf(numbers, shape);
    const Activations activations = activationsOf(numbers, shape);
    const double tokens = static_cast<double>(std::max<qint64>(1, shape.batch)) * numbers.rowTokens;
    const double state = stateBytes(n, numbers, shape);
    const double head = shape.learnedParameters < 0 ? numbers.headNumbers * headBytes(shape) : 0;
    const double copy = kCopies * (n.learned + n.adapters) * (4 + numbers.stateBytesPerParameter);
    const double file = 4 * numbers.parameters;
    const double logits = logitsBytes(numbers, shape, tokens);
    const double flowing = kBackwardShare * activations.largest * tokens * (isWidened(shape) ? 2 : 1);
    const QList<MemoryPart> phases[] = {
        partsOf({{"programs", kLibraryBytes}, {"weights and optimizer", state}, {"activations", activations.kept * tokens + flowing},
                 {"gradients", head}, {"scores of the loss", logits}, {"copy for a checkpoint", copy}, {"the best checkpoint's file", file}}),
        partsOf({{"programs", kLibraryBytes}, {"weights and optimizer", state}, {"activations", activations.last * tokens + flowing},
                 {"gradients", n.learned * n.bytes + n.adapters * 4 + head}, {"copy for a checkpoint", copy}, {"the best checkpoint's file", file}}),
        partsOf({{"programs", kLibraryBytes}, {"weights and optimizer", state}, {"gradients", gradientBytes(n, shape)},
                 {"copy for a checkpoint", copy}, {"the best checkpoint's file", file}}),
        partsOf({{"programs", kLibraryBytes}, {"weights and optimizer", state}, {"the best checkpoint, to be measured", numbers.parameters * n.bytes},
                 {"activations", kForwardShare * activations.largest * kFinalRows * numbers.context}, {"scores of the loss", logits},
                 {"the best checkpoint's file", file}})};
    return *std::max_element(std::begin(phases), std::end(phases), [](const auto &a, const auto &b) { return sumOf(a) < sumOf(b); });
}

}  // namespace athanor::model
