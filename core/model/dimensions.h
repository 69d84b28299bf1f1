// The sizes of a model, as its architecture says them. Thread: pure.
#pragma once

#include "core/base/export.h"

#include <QJsonObject>

namespace athanor::model {

/// "vocabulary", "context", "width", "layers" … of an architecture's "dimensions"; 0 where it is not there.
ATHANOR_EXPORT qint64 dimension(const QJsonObject &architecture, const char *key);

}  // namespace athanor::model
