// Numbers as people read them. Independent of the locale (a comma is never a decimal point). Thread: safe.
#pragma once

#include "core/base/export.h"

#include <QString>

namespace athanor {

ATHANOR_EXPORT QString formatBytes(qint64 bytes);           // "11.6 MB", "0.82 GiB" is formatMemory
ATHANOR_EXPORT QString formatMemory(qint64 bytes);          // binary: "824 MiB", "1.38 GiB"
ATHANOR_EXPORT QString formatCount(double count);           // "2.6 M", "482", "12.6 k"
ATHANOR_EXPORT QString formatInteger(qint64 count);         // "8,192"
ATHANOR_EXPORT QString formatDuration(double seconds);      // "4.7 min", "35 s", "2 h 10 min", "3 days"
ATHANOR_EXPORT QString formatReal(double value, int significantDigits = 4);  // "1.871", "1320", "6e-05"; "not a number" for NaN

}  // namespace athanor
