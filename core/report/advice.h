// What stands out in a run, in plain sentences with what can be done. Private to the room, and its test's.
#pragma once

#include "core/report/report.h"

#include <QStringList>

namespace athanor::report {

/// Drawn from the curves and results alone; empty when they say nothing clear.
ATHANOR_EXPORT QStringList advice(const ReportInput &input);

}  // namespace athanor::report
