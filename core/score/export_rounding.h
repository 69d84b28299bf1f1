// What an export's number format does to weights. Role: makes a model's weights those that the exported file holds, so
// that the gate can tell rounding, which was asked for, from mistakes, which were not. Thread: one.
#pragma once

#include "core/network/model.h"

namespace athanor::score {

struct ExportNumbers {
    QString format;  // "huggingface", "gguf", "adapter"
    QString dtype;   // "f32", "f16", "bf16", "q8_0"
};

/// Rounds in place as the writers do: all tensors; for GGUF vectors stay f32, and "q8_0" means blocks of 32 in each row
/// of a matrix, f16 where a row is no multiple of 32; what is read back from blocks is kept as f16 by the importer.
/// InvalidInput for a number format that no writer knows.
ATHANOR_EXPORT Status roundLikeExport(network::Model &model, const ExportNumbers &numbers);

/// How far an export may be from the model inside.
struct ExportTolerance {
    double scores;           // |difference| of any score from the model with its weights rounded alike
    double perplexityShare;  // of the perplexity, from the model as it is: 0.01 means 1 %
};
/// Scores: 1e-4 for every format, since the weights compared are then the same numbers and only the order of sums is
/// free. Perplexity: f32 1e-4; f16 keeps 11 bits of each weight: 0.1 %; bf16 keeps 8: 1 %; q8_0 keeps 8 of the largest
/// weight of each 32: 1 %.
ATHANOR_EXPORT ExportTolerance exportTolerance(const QString &dtype);

}  // namespace athanor::score
