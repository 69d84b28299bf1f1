// Files and folders as a source. Follows links, each folder once, so that a loop ends. Limits: folders 200 deep.
// Thread: as the interface says.
#pragma once

#include "core/corpus/source.h"

namespace athanor::corpus {

class FilesSource : public Source {
public:
    Status list(const QString &location, const QJsonObject &settings, const CancelToken &cancel,
                const std::function<void(SourceItem &&)> &found) const override;
    Result<QString> localFile(const SourceItem &item, const QString &) const override { return item.file; }
};

}  // namespace athanor::corpus
