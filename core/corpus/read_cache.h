// What was made of each file when it was read before: <project>/cache/reading/<dataset>.blobs. Role: keeps the documents
// of a file with their texts by a key in which everything stands that they depend on. One store a dataset; what other
// datasets have read is found too. Whatever is missing, damaged or of another version is read again.
// Limits: pieces of kPieceBytes, so that a file of any size fits; nothing is kept when the disk would then not hold the
// corpus too. Thread: take() and keep() from many threads.
#pragma once

#include "core/corpus/blob_store.h"
#include "core/corpus/item_outcome.h"

#include <functional>

namespace athanor::corpus {

/// Below the project; what is in it can be made again.
inline constexpr char kCacheFolder[] = "cache";

class ReadCache {
public:
    using Stop = std::function<Status()>;  // asked between pieces; its error ends take() and keep()

    ReadCache(const QString &projectPath, const QString &dataset);

    /// The texts are appended to `spool`. Null when it is not there. Errors: those of the spool and of `stop`.
    Result<std::optional<ItemOutcome>> take(const QByteArray &key, const QString &path, int source, Spool &spool, const Stop &stop) const;
    /// `path`: of the file, with which the paths of its documents begin.
    Status keep(const QByteArray &key, const QString &path, const ItemOutcome &outcome, const Spool &spool, const Stop &stop);
    /// All files have been asked for: what belongs to none of them may go.
    void finish();

private:
    std::optional<QByteArray> find(const QByteArray &key) const;
    bool hasRoom(const Spool &spool) const;
    QString m_folder;
    std::unique_ptr<BlobStore> m_own;
    std::vector<std::unique_ptr<BlobStore>> m_others;
};

}  // namespace athanor::corpus
