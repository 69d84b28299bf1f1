// What an export proved: the figures of the comparison between the model inside and the one that was read back. Role: one
// wording for the export dialog and the project page. Thread: the window's.
#pragma once

#include "ui/style/widgets.h"

#include <QJsonObject>

namespace athanor::pages {

/// Fills `facts` from an export's result: largest difference of scores with what is allowed, greedy text, perplexity.
ATHANOR_EXPORT void showParity(style::FactList *facts, const QJsonObject &result);
/// "same scores to 2e-06 · same text · 12.31 = 12.31": one line; empty when there are no figures.
ATHANOR_EXPORT QString parityLine(const QJsonObject &result);

}  // namespace athanor::pages
