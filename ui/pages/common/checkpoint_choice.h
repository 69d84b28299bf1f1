// The checkpoints of all runs and the models that were brought in, as something to choose from. Thread: the window's.
#pragma once

#include "core/project/project.h"

#include <QComboBox>

namespace athanor::pages {

struct CheckpointChoice {
    QString path;    // relative to the project
    QString title;   // "small-13M · step 1,000 · 1.871 bits/byte"
    QString runId;
    bool continuesText = true;  // so that a text can be scored with it
};

/// Best of each run first, newest run first; then models as they came; then the other checkpoints by step, newest first.
ATHANOR_EXPORT QList<CheckpointChoice> checkpointChoices(const project::Project &project);
enum class Which { All, ThatContinueText };
/// Fills the box, keeps the choice. Returns the number of entries.
ATHANOR_EXPORT int fillCheckpoints(QComboBox *box, const project::Project &project, Which which = Which::All);

}  // namespace athanor::pages
