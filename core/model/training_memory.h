// What training holds in memory at its peak, by the phases of a step. Private to the room. Thread: pure.
// Letters: B batch, T time, C channels, V vocabulary.
#pragma once

#include "core/model/architecture.h"

namespace athanor::model {

/// The blocks of one repetition; of each of them, per token.
struct Blocks {
    double rounds = 0;
    double flops = 0;
    double activationBytes = 0;
};

/// What the formulas of the layers come to.
struct TrainingNumbers {
    double parameters = 0;
    double stateBytesPerParameter = 8;  // of the optimizer
    double headNumbers = 0;             // V·C: its gradient comes first
    double logitsPerRow = 0;            // V
    double width = 0;                   // C
    double rowTokens = 0;               // T
    double context = 0;                 // of the model
    double outerBytes = 0;              // activations outside of blocks, per token
    std::vector<Blocks> blocks;
};

/// The parts of the peak, the largest phase's; their sum is the peak.
QList<MemoryPart> trainingMemory(const TrainingNumbers &numbers, const TrainingShape &shape);

/// Bytes of the copy that a checkpoint is written from beside the steps; 0: none.
double copyBytes(const Accounting &accounting);
/// Where memory (0: unknown) has little room, checkpoints are written without a copy (core/train/checkpoint_writer): takes it out.
void leaveOutCopies(Accounting &accounting, qint64 memoryBytes);

}  // namespace athanor::model
