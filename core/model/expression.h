// Arithmetic written in plugin.json files: the costs of layers and the templates of architectures.
//   numbers, names, + - * / ( ), == != < <= > >= (0 or 1), ceil_to(x, multiple), min(a, b, …), max(a, b, …)
// Limits: 4,096 characters, 64 levels of nesting; no loops, no state. Thread: pure.
#pragma once

#include "core/base/error.h"

#include <QHash>

namespace athanor::model {

using Names = QHash<QString, double>;

/// The value; never NaN or infinite. Errors: Corrupt naming the expression, the place and what is wrong.
ATHANOR_EXPORT Result<double> evaluate(const QString &expression, const Names &names);

/// The name when `expression` is a single name, else empty.
ATHANOR_EXPORT QString singleName(const QString &expression);

}  // namespace athanor::model
