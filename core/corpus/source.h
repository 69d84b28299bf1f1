// A source: where documents come from. Plugins of kind "source".
// Thread: list() on one thread; localFile() from many.
#pragma once

#include "core/base/progress.h"
#include "core/corpus/problem.h"

#include <QJsonObject>
#include <QtPlugin>

#include <functional>

namespace athanor::corpus {

struct SourceItem {
    QString path;            // as the person knows it, relative to the location: "library/json.html"
    QString file;            // the local file, when there is one
    qint64 bytes = 0;
    qint64 modifiedNs = 0;   // UTC, nanoseconds since 1970; 0 when unknown
    qint64 changedNs = 0;    // likewise, of anything about the file; 0: what was read of it is never taken again
    Error problem;           // set (message not empty) when the item was seen and cannot be read
    bool isNamed = false;    // the person named this very file: it is read even when its format is not recognised
};

class Source {
public:
    virtual ~Source() = default;
    /// Calls `found` for every item, in any order. Errors: the location itself cannot be used.
    virtual Status list(const QString &location, const QJsonObject &settings, const CancelToken &cancel,
                        const std::function<void(SourceItem &&)> &found) const = 0;
    /// The item as a local file; sources of other kinds fetch it into `scratchFolder` first.
    virtual Result<QString> localFile(const SourceItem &item, const QString &scratchFolder) const = 0;
};

}  // namespace athanor::corpus

Q_DECLARE_INTERFACE(athanor::corpus::Source, "athanor.Source/1")
