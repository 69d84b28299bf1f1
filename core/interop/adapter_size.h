// What fine-tuning will change, counted from names and shapes alone: how many numbers an adapter has, how many weights a
// pattern means. Role: the planner's; core/adapt does the same on the model itself. Thread: pure functions.
#pragma once

#include "core/plugin/catalogue.h"

namespace athanor::interop {

struct LearnedSize {
    qint64 own = 0;      // of the model's weights; −1: all, or not known (a family without an exchange)
    qint64 adapter = 0;  // beside them
};

/// For the job parameters "adapter" (an object, may be empty) and "learns" (a text) of an expanded architecture.
/// InvalidInput when a target or pattern means nothing: the message names what there is.
ATHANOR_EXPORT Result<LearnedSize> learnedSize(const plugin::Catalogue &plugins, const QJsonObject &architecture,
                                               const QJsonObject &adapter, const QString &learns);

/// What the weights of an expanded architecture are called; empty where it is not known (a family without an exchange).
ATHANOR_EXPORT Result<QStringList> weightNames(const plugin::Catalogue &plugins, const QJsonObject &architecture);

}  // namespace athanor::interop
