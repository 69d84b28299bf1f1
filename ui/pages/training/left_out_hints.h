// What a run left out, in words: from the part "leftOut" of its plan.json. Thread: pure function of its argument.
#pragma once

#include "ui/pages/training/run_figures.h"

#include <QJsonObject>

namespace athanor::pages {

/// The newest three, newest first, with the documents of each; empty where nothing was left out.
ATHANOR_EXPORT QList<Hint> leftOutHints(const QJsonObject &plan);

}  // namespace athanor::pages
