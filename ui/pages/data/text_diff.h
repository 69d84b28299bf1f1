// What repair changed in a document, line by line. Role: rows in which equal lines of both sides stand side by side.
// Limits: beyond kExactCells compared lines it pairs equal lines greedily, which is still true, only less tidy.
// Thread: pure function.
#pragma once

#include "core/base/export.h"

#include <QList>
#include <QString>

namespace athanor::pages {

struct DiffRow {
    enum class Kind { Same, Removed, Added, Changed } kind = Kind::Same;
    QString before;
    QString after;
};

inline constexpr qint64 kExactCells = 4'000'000;

ATHANOR_EXPORT QList<DiffRow> diffLines(const QString &before, const QString &after);

}  // namespace athanor::pages
