// What a model that exists is, as rows and remarks to read before anything happens to it. Role: from what the workbench
// found on the disk or at an address to what the panel shows; knows no widgets. Thread: pure functions.
#pragma once

#include "core/base/machine.h"
#include "core/workbench/workbench.h"
#include "ui/pages/common/hint_list.h"

namespace athanor::pages {

struct PreviewRow {
    QString key, value;
    QString term;      // the field's term, for the tooltip
    style::Tone tone = style::Tone::Neutral;
};

struct ModelPreview {
    QString title;             // "SmolLM2-135M · LLaMA"
    QString sentence;          // what its family is good for
    QList<PreviewRow> rows;
    QList<HintLine> remarks;
    bool canBringIn = false;
    QString reason, hint;      // why not, and what to do
    QString proposedName;
    QString licence;
    bool standsOnAnother = false;  // an adapter: the model that it belongs to must be chosen
    QList<workbench::ModelOffer::File> choices;  // of which one must be chosen first
};

/// Memory that work with a model of so many parameters takes at least, bytes: weights, and while training in f32 also
/// gradients and AdamW's two moments (4 + 4 + 8 a parameter); an adapter leaves the weights at rest; generating in bf16.
struct ModelNeeds {
    qint64 trainAll = 0, trainAdapter = 0, generate = 0;
};
ATHANOR_EXPORT ModelNeeds needsOf(qint64 parameters);

ATHANOR_EXPORT ModelPreview previewOf(const workbench::ModelInspection &model, const plugin::Catalogue &plugins, const MachineFacts &machine);
ATHANOR_EXPORT ModelPreview previewOf(const workbench::ModelOffer &offer, const MachineFacts &machine);

}  // namespace athanor::pages
