// Logging categories, one per room that logs; QT_LOGGING_RULES switches them. Thread: safe.
#pragma once

#include "core/base/export.h"

#include <QLoggingCategory>

namespace athanor {

ATHANOR_EXPORT const QLoggingCategory &logProject();
ATHANOR_EXPORT const QLoggingCategory &logJob();
ATHANOR_EXPORT const QLoggingCategory &logPlugin();
ATHANOR_EXPORT const QLoggingCategory &logTrain();
ATHANOR_EXPORT const QLoggingCategory &logWindow();

}  // namespace athanor
