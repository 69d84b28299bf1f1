// Which part of a corpus a cluster of copies belongs to. Role: decided by a hash of the cluster and a seed alone, so
// that a document keeps its side when others come or go, and a copy is never on the other side. Thread: pure functions.
#pragma once

#include "core/base/export.h"

#include <QString>
#include <QStringList>

#include <vector>

namespace athanor::corpus {

struct SplitSettings {
    double validationShare = 0.05;
    qint64 seed = 1;
};

/// For each cluster key (all different; the text hash of its original): true when it is held out. With a share above 0 and two clusters or more, at
/// least one is held out and at least one is not.
ATHANOR_EXPORT std::vector<bool> chooseValidation(const QStringList &clusters, const SplitSettings &settings);

}  // namespace athanor::corpus
