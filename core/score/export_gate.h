// A model leaves the project: written, read back, compared, and only then called done. Role: the steps of the job kind
// "export". Thread: the job's.
#pragma once

#include "core/job/context.h"
#include "core/score/export_rounding.h"
#include "core/score/parity.h"

namespace athanor::score {

struct ExportPlan {
    QString checkpoint;     // absolute model folder
    ExportNumbers numbers;
    QString to;             // absolute; a folder, for GGUF a file
    QString name;
    QJsonObject facts;      // for the card
    QList<QByteArray> texts;  // that are compared on; at least one
};

/// What the comparison came to.
struct ATHANOR_EXPORT Verdict {
    Difference rounded;     // between the export and the model with its weights rounded alike
    Difference original;    // between the export and the model as it is
    ExportTolerance tolerance{};
    double perplexityInside = 0, perplexityOutside = 0;  // NaN: the model gives none
    bool sameTemplate = true;
    bool sameLabels = true;
    bool passed() const;
    /// Why not, with the figures; empty when it passed.
    QString reason() const;
};
ATHANOR_EXPORT QJsonObject toJson(const Verdict &verdict);

/// {"path","files","parity"} as the contract of the kind says. A gate that fails removes what was written.
/// Errors: Corrupt (the export differs: figures), and those of loading, writing and importing.
ATHANOR_EXPORT Result<QJsonObject> exportModel(job::Context &context, const ExportPlan &plan);

}  // namespace athanor::score
