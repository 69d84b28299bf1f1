#include "core/base/logging.h"

namespace athanor {

Q_LOGGING_CATEGORY(logProject, "athanor.project", QtInfoMsg)
Q_LOGGING_CATEGORY(logJob, "athanor.job", QtInfoMsg)
Q_LOGGING_CATEGORY(logPlugin, "athanor.plugin", QtInfoMsg)
Q_LOGGING_CATEGORY(logTrain, "athanor.train", QtInfoMsg)
Q_LOGGING_CATEGORY(logWindow, "athanor.window", QtInfoMsg)

}  // namespace athanor
